"""What all pages share: layout, files, and the pages that say something about the portal."""
