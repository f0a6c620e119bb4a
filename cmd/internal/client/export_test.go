package client

// WriteNew is writeNew, which replaces nothing.
var WriteNew = writeNew
