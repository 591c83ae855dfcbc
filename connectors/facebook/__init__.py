"""Facebook: comments and visitors' posts on our Page, and posts that name it."""
