"""The judges that come with Harken, one file each."""
