"""What people do in Milepost, noted beside their requests; and the figures of who was active when."""
