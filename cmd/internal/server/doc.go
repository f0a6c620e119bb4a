// Package server offers campaigns over HTTP: JSON under /api/v1, live feeds, and the pages of package web; and over NATS what a [Service] has.
// It is the one way in: the commands speak to it too, within their own process where no server runs.
//
// # Who is who
//
// The public is whoever asks. A member is who answered a challenge with its key: it gets a token for 15 minutes (GET challenge, POST login),
// which counts in the Authorization or the Campaign-Member header, and for one campaign. A browser reads as a member with a cookie: the member's
// command asks for a link (POST session) that works once, within a minute. This machine is a command of the server's user, who can read
// DIR/server.json and so has the token there. The operator is who may open campaigns and adopt policies: who signs with the owner's key
// (serve --owner), or without one whoever reaches the server from its own machine.
//
// Server.reader says who reads, and package host gives out what that reader may see: what a freeze or an open ballot hides is hidden there, for
// every route alike. Who writes is another matter. A signed campaign takes events for their signatures, whoever brings them; tokens and cookies
// write nothing into it. An unsigned campaign takes events from whoever reaches the server.
//
// # What is protected, and against whom
//
// A page of another site, in the browser of whoever may reach the server, can neither read nor change anything: the Host header must name this
// machine (but with --open-to-all), an Origin must be the server's own, what is not a GET must not come from another site, no answer allows
// other origins, and nobody may frame or embed one. The cookie counts for GET and HEAD only, is never sent by another site's page (SameSite=
// Strict, Sec-Fetch-Site), is seen by no script (HttpOnly), is no token, and under TLS belongs to this host alone (__Host-). A link that was
// clicked on another site's page asks before it is used. Pages have no script or style in them, and load none from elsewhere (contentPolicy).
//
// Who listens or stands on the way learns and changes nothing where the server speaks TLS (1.2 or newer), and everything that is not signed
// where it does not: tokens, cookies and links too. A challenge names the server's key and the origin that it was asked at, so that a server
// between can't pass on what a member signed for it, but it can pass on what it reads. This machine's commands trust the one certificate that
// server.json names (TrustPinned); those elsewhere trust what their system does, or --ca.
//
// Who tries to log in without a key can't, and 10 failures a minute for an address or a member are answered; a member whose failures are too many
// can still log in with its key, so that nobody locks another out. Behind a proxy all have one address, and one limit. What waits in memory is
// bounded everywhere: challenges, tokens, links, addresses, feeds, imports, bodies, headers, long histories, pages that are being made, and the
// time that each may take. Of the places for what slow readers keep for long, feeds, bundles and long histories, one address has half at most.
//
// How the server is, and what it counts (GET /api/v1/status, /metrics), is told to this machine: to its token, or over the loopback interface
// through no proxy that says so. It is sizes and times, and codes of refusals where nothing is hidden. The log has ids, sequences and codes.
//
// Members' tokens, cookies and codes lie in memory as SHA-256 only and are in no log and no error. A key of a member never reaches the server.
//
// # What is not
//
// The operator, and whoever is this machine's root or the server's user, can show readers whatever they like, read what a freeze hides, and keep
// events back. What they can't do is make a member say something, or change, drop or reorder what is in the log without its being found out:
// that is what signatures, checkpoints, witnesses and the command verify are for, none of which trusts this package. Whoever can run programs as
// a reader's user has that reader's cookie. Other programs of the reader's machine may see a link while it waits to be opened. How many requests
// come in all is for a proxy in front to limit.
//
// # Reading the source
//
// routes.go has the table of all ways in. guard.go looks at each request before, auth.go and attempts.go say who asks, browse.go lets a browser
// in. requests.go names requests for the log and drains them, status.go says how the server is. pages.go shows pages; read.go, timeline.go, diagnostics.go, whatif.go, awards.go, documents.go and members.go answer what is read, through
// answers.go; feed.go and live.go answer without end; write.go, imports.go and files.go take what is written; proof.go and doctor.go give
// what others check. problems.go is the one table from errors to answers. service.go answers over NATS. apidoc*.go describe all of it.
package server
