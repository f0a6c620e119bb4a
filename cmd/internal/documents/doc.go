// Package documents makes the files that a campaign gives out: its standings and points as JSON, CSV and XLSX, the papers of package papers
// and the pact. The server and the command campaign export make them here, so that both give the same bytes.
//
// A file is made of the campaign folded up to an event, and of what a [Request] asks for; the same give the same bytes with the same release
// of the program, whoever asks and whenever. It names that event: in its name, and on paper in the footer of each page.
//
// A [Shelf] makes files for readers, each of what the reader may see, and keeps the newest.
package documents
