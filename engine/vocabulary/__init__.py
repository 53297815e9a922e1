"""Dance moves as data, the player that makes bodies of them, and the grammar of phrases."""
