"""What an animator says about a dance: this part anew, this pose here, in a loop, several takes."""
