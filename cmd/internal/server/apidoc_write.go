package server

import (
	"encoding/json"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/host"
	"campaignledger/ledger"
	"campaignledger/projections"
)

func fileName(example string) apidoc.Param {
	return apidoc.Param{Name: "name", About: "The file's name, for errors and the record.", Schema: text(), Example: example}
}

func regulationBody() *apidoc.Body {
	return &apidoc.Body{About: "A regulation in YAML or JSON, at most 1 MiB.", Contents: []apidoc.Content{{Type: "application/yaml", Of: text()}, {Type: kindJSON, Of: &apidoc.Schema{Type: "object"}}}}
}

// appending are the codes that whatever is appended may be answered with.
func appending(more ...string) []string {
	return append([]string{apidoc.Refusals, "format", "duplicate-id", "read-only", "too-big", "busy", "contended", "unclear", "refused", "stalled"}, more...)
}

// exampleDraft is a draft as a program sends it: with an id of its own.
const exampleDraft = `{"id":"0192f0c8-8f4e-7d07-9c1e-4b2b1f1d7f00","type":"score.entered","subject":"lang-son","author":"cao-bang-head",` +
	`"data":{"cluster":"cum2","criterion":"I.1","level":"cross","points":"185.5","scorer":"cao-bang"}}`

func writeOperations() map[string]apidoc.Operation {
	body := func(aboutIt string) *apidoc.Body {
		either := &apidoc.Schema{AnyOf: []*apidoc.Schema{apidoc.Ref("Record"), apidoc.Ref("Draft")}}
		return &apidoc.Body{About: aboutIt + " One JSON object, or one on each line: at most 1,000 events and 4 MiB.",
			Contents: []apidoc.Content{{Type: kindJSON, Of: either, Example: json.RawMessage(exampleDraft)}, {Type: kindLines, Of: either}}}
	}
	lines := func(aboutIt string, of any) []apidoc.Answer {
		return []apidoc.Answer{{Status: 200, About: aboutIt, Contents: []apidoc.Content{{Type: kindJSON, Of: of}, {Type: kindLines, Of: of}}}}
	}
	return map[string]apidoc.Operation{
		"POST /api/v1/campaigns": {ID: "open", Tag: "writing", Summary: "Open a campaign", Access: apidoc.Owner,
			About: "The same regulation again answers 200 with opened false; another under its id is a 409. A signed campaign is opened by its signed first record.",
			Query: []apidoc.Param{fileName("regulation.yaml")}, Body: regulationBody(),
			Answers: append(readsJSON("It was open.", Opened{}), apidoc.Answer{Status: 201, About: "It is open now.", Contents: []apidoc.Content{{Type: kindJSON, Of: Opened{}}},
				Headers: []apidoc.Param{{Name: "Location", About: "Where the campaign is.", Schema: text()}}}),
			Problems: appending("owner", "regulation", "other-regulation", "store", "timeout")},
		"POST /api/v1/campaigns/{id}/events": {ID: "append", Tag: "writing", Summary: "Append events: one body is one commit, all of it or nothing",
			About: "A signed record is stored verbatim or refused. An unsigned one is a draft, which the server completes: id, source, time and specversion may be left " +
				"out. The id is the key of idempotency: the same event again is answered with its first receipt, other bytes under its id are a 409 (duplicate-id).",
			Query: []apidoc.Param{yes("receipt", "Each line carries a signed head that covers its event.")}, Body: body("Signed records or drafts."),
			Answers: lines("What is stored, durably: of one event application/json, of several a line each.", apidoc.Ref("StoredLine")), Problems: appending()},
		"POST /api/v1/campaigns/{id}/drafts": {ID: "completeDrafts", Tag: "writing", Summary: "Complete drafts for their authors to sign; nothing is stored", Body: body("Drafts."),
			Answers:  []apidoc.Answer{{Status: 200, About: "The records without signatures, a line each.", Contents: []apidoc.Content{{Type: kindLines, Of: apidoc.Ref("Record")}}}},
			Problems: appending()},
		"POST /api/v1/campaigns/{id}/cosignatures": {ID: "cosign", Tag: "proof", Summary: "Give the log what a witness signed", Body: noteBody("A C2SP checkpoint with cosignatures."),
			Answers: readsJSON("How many witnesses stand behind what.", host.Witnessing{}), Problems: []string{"cosignature", "no-checkpoint", "too-big", "read-only"}},
		"POST /api/v1/campaigns/{id}/policy": {ID: "adoptPolicy", Tag: "proof", Summary: "Make the witnesses of a policy the server's", Access: apidoc.Owner,
			Body: noteBody("A policy file."), Answers: readsText("The policy."), Problems: []string{"owner", "policy", "no-checkpoint", "unsigned", "too-big", "read-only"}},
	}
}

func noteBody(aboutIt string) *apidoc.Body {
	return &apidoc.Body{About: aboutIt, Contents: []apidoc.Content{{Type: "text/plain", Of: text()}}}
}

func importOperations() map[string]apidoc.Operation {
	lines := []apidoc.Answer{{Status: 200, About: "How far it is, line by line, and last the result, or the problem that ended it. In a signed campaign one line: the plan, with what its author has to sign.",
		Contents: []apidoc.Content{{Type: kindLines, Of: ImportLine{}}, {Type: kindJSON, Of: ImportLine{}}}}}
	named := fileName("scores.csv")
	named.Required = true
	problems := appending("empty", "import-changed", "no-plan", "login")
	return map[string]apidoc.Operation{
		"POST /api/v1/campaigns/{id}/imports": {ID: "import", Tag: "writing", Summary: "Import a file of marks",
			About: "All rows are admitted before the first is stored. The same file again resumes what was cut off and stores nothing twice.",
			Query: []apidoc.Param{named, yes("dry_run", "Tell what each row would do; store nothing."), yes("keep_good", "Store the good rows although there are bad ones."),
				{Name: "reason", About: "Of rows that change a mark and give none.", Schema: text(), Example: "corrected"},
				{Name: "author", About: "In a signed campaign: the member who will sign.", Schema: idText(), Example: "cao-bang-head"},
				yes("package", "The body is a signed package: records, one a line, the signed import.started first.")},
			Body: &apidoc.Body{About: "CSV, NDJSON or XLSX, by its name.", Contents: []apidoc.Content{{Type: "text/csv", Of: text()}, {Type: kindLines, Of: &apidoc.Schema{Type: "object"}},
				{Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Of: text()}}},
			Answers: lines, Problems: problems},
		"POST /api/v1/campaigns/{id}/imports/{import}": {ID: "storeImport", Tag: "writing", Summary: "Store a planned import of a signed campaign",
			Body: &apidoc.Body{About: "The signed import.started; nothing where an import is resumed.", Optional: true,
				Contents: []apidoc.Content{{Type: kindJSON, Of: apidoc.Ref("Record.import.started")}}},
			Answers: lines, Problems: problems},
	}
}

func loginOperations() map[string]apidoc.Operation {
	return map[string]apidoc.Operation{
		"POST /api/v1/campaigns/{id}/session": browserOperation(),
		"GET /api/v1/campaigns/{id}/challenge": {ID: "challenge", Tag: "members", Summary: "Something for a member to sign, to log in",
			Query:    []apidoc.Param{{Name: "member", About: "Who logs in.", Schema: idText(), Required: true, Example: "lang-son-head"}},
			Answers:  readsJSON("Sign campaign-ledger/login/v1, a line feed, and its members in their order, each on a line, within a minute.", Challenge{}),
			Problems: []string{"attempts"}},
		"POST /api/v1/campaigns/{id}/login": {ID: "login", Tag: "members", Summary: "Exchange a signed challenge for a token",
			Body:    &apidoc.Body{About: "The challenge's nonce, and the signature in hex.", Contents: []apidoc.Content{{Type: kindJSON, Of: LoginRequest{}}}},
			Answers: readsJSON("A token for 15 minutes; send it as Authorization: Bearer.", Login{}), Problems: []string{"login", "too-big", "attempts"}},
	}
}

func browserOperation() apidoc.Operation {
	return apidoc.Operation{ID: "makeLink", Tag: "members", Summary: "A link with which a browser reads as the member who asks; it works once, within a minute", Access: apidoc.Members,
		Answers:  []apidoc.Answer{{Status: 201, About: "The link's path below the server's address.", Contents: []apidoc.Content{{Type: kindJSON, Of: Link{}}}}},
		Problems: []string{"login"}}
}

func fileOperations() map[string]apidoc.Operation {
	named := fileName("report.pdf")
	named.Required = true
	anything := []apidoc.Content{{Type: "application/octet-stream"}}
	created := func(aboutIt string, of any) []apidoc.Answer {
		return []apidoc.Answer{{Status: 201, About: aboutIt, Contents: []apidoc.Content{{Type: kindJSON, Of: of}}}}
	}
	return map[string]apidoc.Operation{
		"POST /api/v1/campaigns/{id}/evidence": {ID: "putEvidence", Tag: "files", Summary: "Store a file that events name as evidence", Access: apidoc.Members, Query: []apidoc.Param{named},
			Body: &apidoc.Body{About: "The file's bytes. The same bytes again are the same file.", Contents: anything}, Answers: created("How events name it.", ledger.File{}),
			Problems: []string{"login", "too-big", "evidence-type", "quota", "format", "busy", "read-only"}},
		"GET /api/v1/campaigns/{id}/evidence/{sha256}": {ID: "getEvidence", Tag: "files", Summary: "A file that events name as evidence", Access: apidoc.Members, Tagged: true,
			Answers: []apidoc.Answer{{Status: 200, About: "The file's bytes, under its own media type.", Contents: anything}}, Problems: []string{"login", "no-evidence", "evidence-damaged", "bad-range", "precondition"}},
		"POST /api/v1/campaigns/{id}/detached": {ID: "putDetached", Tag: "files", Summary: "Keep a text outside the log, which can be erased", Access: apidoc.Members,
			Body: noteBody("The text."), Answers: created("The hash that a record names it by.", detachedText{}), Problems: []string{"login", "too-big", "format", "quota", "read-only"}},
		"GET /api/v1/campaigns/{id}/detached/{hash}": {ID: "getDetached", Tag: "files", Summary: "A text that stands outside the log", Access: apidoc.Members, Tagged: true,
			Answers: readsJSON("The text, and the salt that proves it.", detachedText{}), Problems: []string{"login", "no-detached", "erased", "detached-damaged"}},
		"DELETE /api/v1/campaigns/{id}/detached/{hash}": {ID: "eraseDetached", Tag: "files", Summary: "Erase a text: its author may, and the head of the author's unit", Access: apidoc.Members,
			Answers: []apidoc.Answer{{Status: 204, About: "It is erased."}}, Problems: []string{"login", "no-detached", "erased", string(projections.CodeMember)}},
	}
}

func proofOperations() map[string]apidoc.Operation {
	unsigned := []string{"no-checkpoint", "unsigned", "stalled"}
	from := func(name, aboutIt string, example int) apidoc.Param {
		return apidoc.Param{Name: name, About: aboutIt, Schema: seqSchema(0), Required: true, Example: example}
	}
	return map[string]apidoc.Operation{
		"GET /api/v1/campaigns/{id}/checkpoint": {ID: "checkpoint", Tag: "proof", Summary: "The newest checkpoint, a C2SP signed note, with its cosignatures", Answers: readsText("The note."), Problems: unsigned},
		"GET /api/v1/campaigns/{id}/checkpoints": {ID: "checkpoints", Tag: "proof", Summary: "Every checkpoint, one after the other, by size",
			Query: []apidoc.Param{{Name: "since", About: "Those of more than so many events: the size of the last that is known.", Schema: seqSchema(0), Example: 412},
				{Name: "limit", About: "At most so many; 0, or left out: all.", Schema: upTo(maxPage), Example: 50}},
			Answers: readsText("The notes."), Problems: unsigned},
		"GET /api/v1/campaigns/{id}/events/{seq}/receipt": {ID: "receipt", Tag: "proof", Summary: "The C2SP tlog-proof of an event, with its record",
			Query:   []apidoc.Param{{Name: "record", About: "none: without the record, for who has it.", Schema: words("none"), Example: "none"}},
			Answers: readsText("The proof."), Problems: unsigned},
		"GET /api/v1/campaigns/{id}/growth": {ID: "growth", Tag: "proof", Summary: "The consistency proof between two sizes of the log (RFC 6962)",
			Query: []apidoc.Param{from("from", "The smaller size.", 100), from("to", "The larger size.", 412)}, Answers: readsText("A hash a line, in base64.")},
		"GET /api/v1/campaigns/{id}/bundle": {ID: "bundle", Tag: "proof", Summary: "All that an auditor needs to verify the campaign without the server",
			Query: []apidoc.Param{{Name: "as_of", About: "Up to the newest checkpoint of at most so many events.", Schema: seqSchema(0), Example: 412}},
			Answers: []apidoc.Answer{{Status: 200, About: "The bundle; a trailer " + BundleErrorTrailer + " says why it is cut off.", Contents: []apidoc.Content{{Type: "text/plain", Of: text()}},
				Headers: []apidoc.Param{{Name: BundleSizeHeader, About: "How many events it has.", Schema: seqSchema(0)}}}},
			Problems: append([]string{"busy", "read-only"}, unsigned...)},
		"GET /api/v1/campaigns/{id}/policy": {ID: "policy", Tag: "proof", Summary: "What the server takes for the policy; compare it with what you got by another way",
			Answers: readsText("The policy file."), Problems: unsigned},
	}
}
