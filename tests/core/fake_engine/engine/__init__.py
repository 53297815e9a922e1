"""Stands in for the real engine where only its process matters."""
