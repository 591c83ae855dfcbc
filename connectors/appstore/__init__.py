"""The App Store: reviews of our app, with their stars."""
