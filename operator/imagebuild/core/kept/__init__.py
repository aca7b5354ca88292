"""What is kept in ConfigMaps beside the status: logs of ended builds, and the published image."""
