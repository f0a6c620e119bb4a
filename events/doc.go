// Package events holds the facts of a campaign: what can be said ([Payload]), under which rules ([Regulation]), with exact
// numbers ([Decimal]), and the one form in which each fact is signed, stored, hashed and exported ([Record]). It imports
// nothing of the ledger and does no I/O. This page is the specification of the form: a second implementation needs no other.
//
// # Records
//
// A record is one CloudEvents 1.0 JSON object in canonical form: one line of UTF-8 without its line feed. For every event there
// is exactly one such line, and whatever differs from it in any byte is refused: [Encode] writes it, [Decode] reads it, and
// each undoes the other. A record is never encoded again once it is signed or stored.
//
// The object's members stand in this order, without white space anywhere:
//
//	specversion  "1.0"
//	id           a UUID: 36 bytes, lower-case hex with hyphens after 8, 12, 16 and 20 digits; never the nil UUID
//	source       "/campaigns/" and the campaign's id
//	type         one of the types below
//	subject      the unit spoken of, an id; exactly where the type is about one unit
//	time         when the author claims it happened; see Times
//	author       an id: the member who says it; in an unsigned campaign the scorer, or "import"
//	causationid  optional: the id of the event that caused this one, a UUID; an import's rows name their import.started
//	data         an object; see Data
//	signature    optional: "ed25519:" and 128 lower-case hex digits
//
// What is absent is left out, never "" or null; there are no other members. So a record starts with
//
//	{"specversion":"1.0","id":"
//
// An id is [a-z0-9][a-z0-9-]{0,62} and a criterion's id [A-Za-z0-9][A-Za-z0-9._-]{0,62} ([ValidID], [ValidCriterionID]).
// Ids, UUIDs, hashes, times, decimals and signatures are written without escapes.
//
// # Data
//
// data is an object in the form of RFC 8785: keys in order, no white space. Its values, and no others:
//
//   - A text is a string of 1 to 8,192 bytes ([MaxTextBytes], escapes undone) of valid UTF-8 in Unicode form NFC. Only what must be
//     is escaped, and so: \" \\ \b \t \n \f \r, and \u00xx in lower-case hex for the other bytes below 0x20. U+007F, U+2028, the
//     slash and all else stand as they are. Every code point is allowed, U+0000 included; surrogates are not UTF-8.
//   - An integer is 0 or [1-9][0-9]*, below 2^53. Where it is optional, 0 is the same as absent and therefore left out.
//   - A decimal is a string; see Decimals. A hash is a SHA-256 in 64 lower-case hex digits. A UUID is as above.
//   - A list has at least one element. An object has exactly the members given here.
//
// The types, and the members of their data in order (? marks the optional):
//
//	campaign.opened   regulation object, rules integer, sha256 hash, source {name text, sha256 hash}
//	target.set        cluster id, criterion, reason? text, scorer id, supersedes? UUID, target decimal
//	score.entered     actual? decimal, basis? id, cluster id, criterion, evidence? text, item? text, level id, mark? text,
//	                  place? integer, points? decimal, reason? text, regulation? integer, scorer id, supersedes? UUID
//	entry.withdrawn   of UUID, reason text
//	tie.decided       cluster id, order list of ids, points decimal, reason text
//	import.started    batches list of {root hash, rows integer}, file text, rows integer, sha256 hash
//	campaign.closed   reason? text
//
// target.set, score.entered and entry.withdrawn are about one unit: they have a subject, the others have none. Also:
//
//   - campaign.opened: regulation is the object that [Regulation.Canonical] gives, at most 752 KiB: RFC 8785, decimals as strings,
//     nothing filled in. sha256 is of exactly its bytes. rules is from 1 to [RulesVersion]. source is the file it was read from.
//   - target.set: target is above 0. With supersedes there is a reason.
//   - score.entered: exactly one of actual, mark, place and points. actual is 0 or more; place is from 1 to 1,000,000 ([MaxPlace]);
//     mark is "abstained" or "recused". regulation is 2 or more. With supersedes there is a reason.
//   - tie.decided: order names at least two units, none twice.
//   - import.started: each batch has 1 to 500 rows ([MaxBatchRows]), and together they have rows. root is the RFC 6962 tree hash
//     over the batch's records, each record's bytes being one leaf's data ([BatchRoot]).
//
// # Decimals
//
// A decimal is written -?(0|[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])?, and "-0" is not one. In memory it is a whole number of
// millionths in 64 bits, from -999999999999.999999 to 999999999999.999999. There are no floats. [ReadDecimal] reads what people
// write, which may end in zeros.
//
// # Times
//
// A time is written YYYY-MM-DDTHH:MM:SS.mmmZ: 24 bytes, UTC, always three decimal places, a day of the proleptic Gregorian calendar
// in the years 0001 to 9999, hours to 23, minutes and seconds to 59; there are no leap seconds.
//
// # Limits
//
// A record has at most 65,536 bytes ([MaxRecordBytes]), a campaign.opened 786,432 ([MaxOpeningBytes]), its signature included and no
// line feed counted. A commit has at most 1,000 records and 983,040 bytes with a line feed after each ([MaxCommitEvents],
// [MaxCommitBytes]); a batch at most 500 records and 262,144 bytes likewise ([MaxBatchRows], [MaxBatchBytes]).
//
// # Signed bytes
//
// A signature is Ed25519 over
//
//	campaign-ledger/event/v1, a line feed,
//	the genesis hash: the SHA-256 of record 1 in lower-case hex (of all its bytes, signature included); for record 1 itself 64 zeros,
//	a line feed,
//	the record without its member ,"signature":"…" but with the closing brace.
//
// # Leaf hashes
//
// The leaf of event n, index n-1 of the campaign's RFC 6962 tree, is SHA-256 of: the byte 0x00, the record as stored, a line feed,
// and the recorded time in the form above ([LeafHash]). The recorded time is the server's and never decreases.
//
// # Ids of imported rows
//
// New events have version 7 UUIDs. The event of an imported row has the version 5 UUID ([RowID], RFC 9562)
//
//	v5(v5(URL namespace, "/campaigns/<id>"), "<SHA-256 of the file in hex>:<data row in decimal, from 1>")
//
// so that the same row of the same file is the same event, whoever imports it and how often.
//
// # Drafts
//
// [ParseProposal] reads what people and programs send before it is an event: JSON of any layout with parts left out, or a signed
// record that is taken verbatim. [ParseRegulation] reads the regulation from YAML or JSON and names line and column of all
// that is wrong.
//
// # Errors
//
// What is not in canonical form is a [*FormatError] with the byte and the field; what is in form but says nothing possible, or
// can't be encoded, a [*FieldError]; a regulation's problems are a [*RegulationError]. Each says what to write instead.
package events
