"""Lighthouse's opinion of the portal's main pages, on a slow line and a slow phone."""
