"""A place in a care home at once (sv: skyndsam placering på vård- och omsorgsboende; seed 003)."""
