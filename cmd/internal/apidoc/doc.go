// Package apidoc makes the two documents by which programs learn what a server offers: OpenAPI 3.1 of its routes, and AsyncAPI 3.0 of its
// feeds and subjects.
//
// What it is given is a Spec: an Operation for each route, which the server keeps beside its handlers, and the Go types that answers are
// made of. The schemas of these types are made from the types themselves, those of events and drafts are events' own (events.SchemaAll),
// taken in under #/components/schemas as Record, Record.<type>, Draft, Draft.<type>; nothing is written twice.
//
// A schema of an answer allows members that it does not name: later versions may add some. Strict, for tests, forbids them.
package apidoc
