// Package web is what people look at: the live board and the pages around it.
//
// # Pages
//
// A page is one file of Go, which gathers what it shows, and one template in pages, which shows it:
//
//	server → View → <Page>(ctx, view) → Page → Render
//
// A View is who asks for what. It reads campaigns through package host's boundary only, so that a page hides what a freeze or an open ballot
// hides from its reader. Every page's data has a Frame in it: title, navigation, banner, and the methods that templates write words, numbers
// and dates with. Both languages stand side by side in the templates: {{.Say "Hạng" "Rank"}}.
//
// A page is whole without script: links and GET forms give every state an address. Scripts in assets, one a page, add what moves. No page
// has script or style of its own in it, and nothing is fetched from elsewhere; package server's Content-Security-Policy holds both.
//
// These are pages for readers. What is entered in the browser will have pages of its own beside them, served by the member's own machine, where its key
// is: no form here writes.
//
// What the pages show is what the server says. The proof is what the command verify says of a bundle, and each page says so.
package web
