"""The outbox: mails are rows first, written in the transaction of what they tell, and leave afterwards."""
