"""The part of one service in the journey of an application, for operators and the helpline."""
