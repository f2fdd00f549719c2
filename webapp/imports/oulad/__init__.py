"""The Open University Learning Analytics Dataset: real, anonymised students in 22 presentations of 7 modules."""
