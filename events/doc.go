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
//   - A date is a string YYYY-MM-DD: a day of the proleptic Gregorian calendar. A word is one of the strings given.
//   - A key is an Ed25519 public key: "ed25519:" and 64 lower-case hex digits; see Keys. A proof is a signature; see Possession.
//   - A list has at least one element. An object has exactly the members given here.
//
// The types, and the members of their data in order (? marks the optional):
//
//	campaign.opened        regulation object, rules integer, sha256 hash, source {name text, sha256 hash}
//	target.set             appeal? UUID, cluster id, criterion, reason? text, scorer id, supersedes? UUID, target decimal
//	score.entered          actual? decimal, appeal? UUID, basis? id, cluster id, criterion, evidence? text, item? text, level id,
//	                       mark? word, place? integer, points? decimal, reason? text, regulation? integer, scorer id, supersedes? UUID
//	entry.withdrawn        appeal? UUID, of UUID, reason text
//	tie.decided            cluster id, order list of ids, points decimal, reason text
//	import.started         batches list of {root hash, rows integer}, file text, rows integer, sha256 hash
//	campaign.closed        reason? text
//	unit.joined            note? text, titles? list of ids
//	unit.withdrawn         reason text
//	member.appointed       key, member id, name? text, proof, role word
//	member.rekeyed         key, member id, proof, reason? text
//	member.removed         member id, reason text
//	record.endorsed        as word, hash, note? text, of UUID
//	regulation.amended     reason text, regulation object, sha256 hash, source {name text, sha256 hash}, version integer
//	ledger.taken-over      key, made time, oldKey key, reason text, root hash, seq integer
//	stage.advanced         reason? text, stage word
//	standings.frozen       reason? text
//	standings.revealed     reason? text
//	publication.started    days integer, of? UUID, place text, text? text
//	drive.launched         cluster? id, drive id, ends date, goal? text, kind? word, starts date, title text
//	drive.closed           drive id, result? text
//	report.filed           drive? id, evidence? list of files, from date, person? text, personHash? hash, reason? text,
//	                       supersedes? UUID, text? text, textHash? hash, to date
//	commendation.recorded  drive? id, kind word, merit? text, meritHash? hash, person? text, personHash? hash, theme? text
//	score.returned         of UUID, reason text
//	explanation.filed      evidence? list of files, of UUID, text? text, textHash? hash
//	sheet.sealed           cluster id, level id, marks integer, root hash, scorer id
//	sheet.revealed         of UUID, salt hash
//	evaluation.recorded    awards? list of ids, cluster id, consensus? list of UUIDs, reason? text, recommendation text,
//	                       shortcomings? list of findings, strengths? list of findings, supersedes? UUID
//	exclusion.imposed      awards? list of ids, basis? word, decision? decision, evidence? list of files, from date, ground? text,
//	                       groundHash? hash, to? date
//	exclusion.lifted       basis? word, decision? decision, of UUID, reason text
//	nomination.proposed    award id, cluster id, reason? text, standings {seq integer, sha256 hash}
//	nomination.withdrawn   of UUID, reason text
//	ballot.opened          award id, ballot id, base word, cluster id, kind word, nominees list of ids, present list of ids,
//	                       question text, quorum? fraction, reason? text, reopens? UUID, roll list of ids,
//	                       standings {seq integer, sha256 hash}, threshold fraction
//	ballot.cast            ballot id, manner? word, reason? text, votes list of {unit id, vote word}
//	ballot.tallied         ballot id, counts list of {against integer, for integer, unit id}, invalid integer, issued integer,
//	                       minutes hash, note? text, returned integer, valid integer, written integer
//	ballot.closed          ballot id, reason? text
//	award.proposed         award id, ballot? id, cluster id, note? text
//	award.decided          appeal? UUID, award? id, basis? word, decision? decision, note? text, of UUID, outcome word
//	award.revoked          appeal? UUID, basis? word, decision? decision, ground? text, groundHash? hash, of UUID
//	appeal.filed           evidence? list of files, ground? text, groundHash? hash, of UUID
//	appeal.decided         basis? word, decision? decision, of UUID, outcome word, reason text
//	document.issued        award? id, ballot? id, chair? text, cluster? id, evidence? list of files, kind word, lang word, level? id,
//	                       name text, number? text, of? UUID, place? text, secretary? text, seq integer, sha256 hash, venue? text
//
// where a file is {held? word, name text, sha256 hash, size integer, type text}, a finding {criterion? criterion, drive? id, text text} and
// a decision {date date, number text, scan hash, signatory text}.
//
// The subject of target.set, score.entered, entry.withdrawn, unit.joined, unit.withdrawn, member.appointed, member.removed, report.filed,
// commendation.recorded, score.returned, explanation.filed, evaluation.recorded and of every exclusion, nomination, award and appeal is the
// unit they are about. member.rekeyed has one where the member belongs to a unit, document.issued where the document is about one unit.
// The others have none. Also:
//
//   - campaign.opened: regulation is the object that [Regulation.Canonical] gives, at most 752 KiB: RFC 8785, decimals as strings,
//     nothing filled in. sha256 is of exactly its bytes. rules is from 1 to [RulesVersion]. source is the file it was read from.
//   - target.set: target is above 0. With supersedes there is a reason.
//   - score.entered: exactly one of actual, mark, place and points. actual is 0 or more; place is from 1 to 1,000,000 ([MaxPlace]);
//     mark is "abstained" or "recused". regulation is 2 or more. With supersedes there is a reason. What evidence may say in a
//     campaign with members, see Files.
//   - tie.decided: order names at least two units, none twice.
//   - import.started: each batch has 1 to 500 rows ([MaxBatchRows]), and together they have rows. root is the RFC 6962 tree hash
//     over the batch's records, each record's bytes being one leaf's data ([BatchRoot]).
//   - unit.joined: titles are ids of awards, none twice.
//   - member.appointed: role is "head", "officer", "reviewer", "council", "teller", "auditor" or "authority".
//   - record.endorsed: of is the id of an earlier record and hash the SHA-256 of its bytes, signature included ([RecordHash]); as is
//     "agree", "second", "received" or "reviewed".
//   - regulation.amended: as campaign.opened; version is 2 or more.
//   - ledger.taken-over: seq is 1 or more, root the RFC 6962 tree hash over the leaves of events 1 to seq; key and oldKey differ.
//   - stage.advanced: stage is "open", "scoring", "review", "deliberation", "ballot" or "final".
//   - publication.started: days is from 1 to 366 ([MaxPublicationDays]); of is the record published, and without it the standings are.
//   - drive.launched: ends is not before starts; kind is "peak". Without a cluster it is for all.
//   - report.filed: to is not before from; exactly one of text and textHash, at most one of person and personHash; see Detached texts.
//     With supersedes there is a reason.
//   - commendation.recorded: kind is "ad-hoc", "thematic" or "exemplar"; a thematic one has a theme. Exactly one of merit and
//     meritHash, at most one of person and personHash.
//   - explanation.filed: exactly one of text and textHash.
//   - sheet.sealed and sheet.revealed: see Sealed sheets. marks is from 1 to 999 ([MaxSheetMarks]).
//   - evaluation.recorded: at least one of shortcomings and strengths, each with at most 50 findings ([MaxFindings]). consensus are the ids
//     of the evaluations that it weighs. With supersedes there is a reason.
//   - exclusion.imposed: to is not before from; exactly one of ground and groundHash.
//   - basis is "transcribed", and then there is a decision: what somebody else decided on paper, entered by the author.
//   - standings, of a nomination or ballot, are those after event seq, from 1; sha256 is that of the line that "standings -o json" prints for that
//     event, with all clusters and its line feed.
//   - ballot.opened: base is "present" or "members", kind "named" or "paper". Nobody stands in nominees, present or roll twice, and who is
//     present is on the roll. A fraction is two whole numbers in lowest terms, like 2/3, above 0 and at most 1/1. With reopens there is a reason.
//   - ballot.cast: vote is "for", "against", "abstained" or "recused"; no unit twice. manner is "written".
//   - ballot.tallied: valid and invalid are together returned, which is at most issued; written is at most returned; for each unit for and
//     against are together at most valid; no unit twice.
//   - award.decided: outcome is "granted", "refused" or "other-level", and with that, only, award says what is granted instead.
//   - award.revoked and appeal.filed: exactly one of ground and groundHash. appeal.decided: outcome is "upheld" or "dismissed".
//   - document.issued: kind is "minutes", "tally", "proposal", "sheet", "summary" or "dossier"; lang "vi" or "en"; seq is from 1. With of
//     it is the signed copy of that document.
//   - A list of files has at most 50 ([MaxFiles]). held is "unit".
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
// A record has at most 65,536 bytes ([MaxRecordBytes]), a campaign.opened or regulation.amended 786,432 ([MaxOpeningBytes]), its
// signature included and no line feed counted. A commit has at most 1,000 records and 983,040 bytes with a line feed after each
// ([MaxCommitEvents], [MaxCommitBytes]); a batch at most 500 records and 262,144 bytes likewise ([MaxBatchRows], [MaxBatchBytes]).
//
// # Keys
//
// A key of a member or witness is 32 bytes as RFC 8032 encodes a point. Points of small order are refused in all their encodings, because
// signatures that hold under them take no private key to make: bytes that are, but for the highest bit of the last, one of
//
//	0000000000000000000000000000000000000000000000000000000000000000
//	0100000000000000000000000000000000000000000000000000000000000000
//	26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05
//	c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a
//	ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
//	edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
//	eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
//
// The fingerprint that people compare on paper is the SHA-256 of the 32 bytes in upper-case hex, in eight groups of eight digits with a
// space between ([PublicKey.Fingerprint]).
//
// # Signed bytes
//
// A signature ([Sign], [VerifySignature]) is Ed25519 (RFC 8032, pure) over
//
//	campaign-ledger/event/v1, a line feed,
//	the genesis hash: the SHA-256 of record 1 in lower-case hex (of all its bytes, signature included); for record 1 itself 64 zeros,
//	a line feed,
//	the record without its member ,"signature":"…" but with the closing brace.
//
// S must be below the group's order, and the check is without cofactor: R is encoded as [S]B - [k]A is, byte for byte. So a
// signature has no second form, and all programs accept the same ones; verifying in batches would accept others.
//
// In a campaign whose regulation names members every record is signed, but for the rows of an import and the marks of a revealed sheet,
// which a signed record binds.
//
// # Possession
//
// The proof of member.appointed and member.rekeyed is the new key's own signature ([ProvePossession], [VerifyPossession]), written as
// a record's is, over
//
//	campaign-ledger/possession/v1, a line feed,
//	the genesis hash in lower-case hex, a line feed,
//	the member's id, a line feed,
//	the new key as the record has it, "ed25519:" included.
//
// # Sealed sheets
//
// sheet.sealed commits to all marks of a scorer at a level, without telling them ([Sheet]). Its marks stand in order of the unit's id and
// then the criterion's, compared bytewise ([SortSheet]); marks is their number and root the RFC 6962 tree hash over them. The
// data of a leaf, whose hash is SHA-256 of the byte 0x00 and the data, is these lines with a line feed between and none at the end:
//
//	campaign-ledger/sheet/v1
//	the genesis hash in lower-case hex
//	the author: the member who seals
//	the cluster's id
//	the level's id
//	the scorer's id
//	the unit's id
//	the criterion's id
//	the mark: points:, actual: or place: and the decimal, or abstained, or recused
//	the mark's salt in lower-case hex
//
// The sheet's salt is 32 random bytes that stay with the scorer. A mark's salt is HMAC-SHA-256 with the sheet's salt (the bytes, not the
// hex) as key over the unit's id, a line feed and the criterion's id.
//
// sheet.revealed gives the sheet's salt in hex; of is the sheet.sealed. Its marks follow it as score.entered in the sheet's order, which
// name it as causationid and carry no signature: together they must give the root. The n-th mark from 1 has the version 5 UUID
// ([SheetRowID]), with the root in hex,
//
//	v5(v5(URL namespace, "/campaigns/<id>"), "sheet:<root>:<n>")
//
// # Detached texts
//
// Where a text has a twin whose key ends in Hash, the record may hold that in its place: the text itself is kept beside the log
// and can be erased there, and the log still verifies. The hash ([DetachedHash]) is SHA-256 of
//
//	campaign-ledger/detached/v1, a line feed,
//	the salt: 32 random bytes in lower-case hex, kept and erased with the text; a line feed,
//	the text.
//
// # Files
//
// A file of evidence is named by the SHA-256 of its bytes. name is for people, size is in bytes, type is its media type. With held it
// stays with the unit and is never stored here: what is classified. Whether the bytes of the others are there is no matter of
// the record. In a campaign with members the evidence of a score.entered is one or more references with one space between:
//
//	sha256:<64 lower-case hex digits>
//	unit:sha256:<64 lower-case hex digits>, held by the unit
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
// record that is taken verbatim. An opening can't be drafted. [ParseRegulation] reads the regulation from YAML or JSON and names
// line and column of all that is wrong.
//
// # JSON Schemas
//
// [Schema] and [DraftSchema] give a type's JSON Schema (draft 2020-12), made from the same list of fields as the codec. Every record fits its
// schema; the order of members, NFC, lengths in bytes, sums and hashes are beyond what a schema says.
//
// # Errors
//
// What is not in canonical form is a [*FormatError] with the byte and the field; what is in form but says nothing possible, or
// can't be encoded, a [*FieldError]; a regulation's problems are a [*RegulationError]. Each says what to write instead.
package events
