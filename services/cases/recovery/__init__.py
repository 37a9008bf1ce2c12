"""After a restore, closes the cases whose applications were decided since its moment."""
