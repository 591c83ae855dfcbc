"""Google Play: reviews of our app, with their stars."""
