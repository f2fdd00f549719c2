"""What happens in a school and its classes: figures over many people that cost the same however many they are."""
