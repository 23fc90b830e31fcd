// A page opened from a folder may not fetch others: results then have no excerpts, and the console no errors.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
