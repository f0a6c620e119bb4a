package server

import (
	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/host"
	"campaignledger/projections"
)

func serverOperations() map[string]apidoc.Operation {
	document := func(kind string) []apidoc.Answer {
		return readsJSON("The document.", &apidoc.Schema{Type: "object", Required: []string{kind}, Properties: map[string]*apidoc.Schema{kind: text()}})
	}
	return map[string]apidoc.Operation{
		"GET /healthz": {ID: "health", Tag: "server", Summary: "Whether the server runs", Plain: true, Answers: readsJSON("It runs.", health{})},
		"GET /readyz": {ID: "readiness", Tag: "server", Summary: "Whether every campaign takes events, as far as their logs were read", Plain: true,
			Answers: append(readsJSON("It is ready.", readiness{}), apidoc.Answer{Status: 503, About: "A campaign is read-only.",
				Contents: []apidoc.Content{{Type: kindJSON, Of: readiness{}}}}),
			Problems: []string{"not-ready", "trouble"}},
		"GET /api/v1/server": {ID: "about", Tag: "server", Summary: "Which server this is", Tagged: true, Answers: readsJSON("Its version and key.", serverAbout{})},
		"GET /api/v1/status": {ID: "status", Tag: "server", Summary: "How the server and its campaigns are", Tagged: true, Access: apidoc.Local,
			About: "Sizes and times, and nothing that a freeze or an open ballot hides. Campaigns that nobody has asked for are named without more.",
			Query: []apidoc.Param{yes("open", "Open those campaigns first; with this machine's token only.")}, Answers: readsJSON("How it is.", Status{}), Problems: []string{"machine"}},
		"GET /api/v1/openapi.json": {ID: "openapi", Tag: "server", Summary: "This document", Tagged: true, Answers: document("openapi")},
		"GET /api/v1/asyncapi.json": {ID: "asyncapi", Tag: "server", Summary: "The feeds and the subjects of NATS, as AsyncAPI 3.0", Tagged: true,
			Answers: document("asyncapi")},
		"GET /api/v1/campaigns": {ID: "listCampaigns", Tag: "server", Summary: "The server's campaigns", Tagged: true, Query: paging(idText(), "cum2-2016"),
			About:   "Campaigns that are not open are shown as the public saw them when they were closed. Those whose log the server has not read yet it reads for the answer, at most 100; of more it gives the ids, with unread.",
			Answers: readsJSON("The campaigns by id.", campaignList{}), Problems: []string{"store", "timeout"}},
		"GET /api/v1/campaigns/{id}": {ID: "summary", Tag: "server", Summary: "One campaign in short", Tagged: true, Answers: readsJSON("The campaign.", CampaignSummary{})},
		"GET /api/v1/campaigns/{id}/doctor": {ID: "doctor", Tag: "server", Summary: "Examine a campaign's log from its first event", Access: apidoc.Machine,
			About:    "The log is read and folded whole; progress comes line by line, and the findings in the last.",
			Answers:  []apidoc.Answer{{Status: 200, About: "Progress, then the findings.", Contents: []apidoc.Content{{Type: kindLines, Of: DoctorLine{}}}}},
			Problems: []string{"machine", "busy"}},
		"POST /api/v1/campaigns/{id}/rebuild": {ID: "rebuild", Tag: "server", Summary: "Fold a campaign anew beside the running folds, compare the two, and show the new ones", Access: apidoc.Machine,
			About:    "Progress comes line by line, and what was found in the last. Appends go on meanwhile.",
			Answers:  []apidoc.Answer{{Status: 200, About: "Progress, then what was found.", Contents: []apidoc.Content{{Type: kindLines, Of: RebuildLine{}}}}},
			Problems: []string{"machine", "busy"}},
	}
}

// asOfParameter asks for an earlier state.
func asOfParameter() apidoc.Param {
	return apidoc.Param{Name: "as_of", About: "The state after this event (412), at this time (2017-12-05T09:00:00+07:00), or at the end of this day in the campaign's zone (2017-12-05). " +
		"Times are recorded ones; in a campaign with a historic clock, claimed ones.", Schema: text(), Example: "412"}
}

func clusterParameter() apidoc.Param {
	return apidoc.Param{Name: "cluster", About: "Only this cluster.", Schema: idText(), Example: "cum2"}
}

func readOperations() map[string]apidoc.Operation {
	unit := apidoc.Param{Name: "unit", About: "The unit.", Schema: idText(), Example: "lang-son"}
	required := unit
	required.Required = true
	award := apidoc.Param{Name: "award", About: "The award.", Schema: idText(), Required: true, Example: "ministry-flag"}
	moment := func(name, about string) apidoc.Param {
		return apidoc.Param{Name: name, About: about, Schema: text(), Example: "2017-12-05T09:00:00+07:00"}
	}
	return map[string]apidoc.Operation{
		"GET /api/v1/campaigns/{id}/audit": {ID: "audit", Tag: "reading", Summary: "Who entered, changed and withdrew what, when and why", Tagged: true,
			Query: append([]apidoc.Param{clusterParameter(),
				{Name: "unit", About: "Events about this unit.", Schema: idText(), Example: "lang-son"},
				{Name: "criterion", About: "Events on this criterion; of a group, on all below it.", Schema: text(), Example: "I.1"},
				{Name: "author", About: "Events by this member, or by all members of this unit.", Schema: idText(), Example: "cao-bang"},
				moment("from", "Happened at this time or later; of a date from its first moment. Times are recorded ones; in a campaign with a historic clock, claimed ones."),
				moment("to", "Happened at this time or before; of a date up to its last moment.")}, paging(seqSchema(0), 412)...),
			Answers: readsJSON("The events in the order of their sequences.", auditPage{}), Problems: []string{"busy", "unknown-cluster", "unknown-unit", "unknown-leaf"}},
		"GET /api/v1/campaigns/{id}/whatif": whatIfOperation(),
		"GET /api/v1/campaigns/{id}/why": {ID: "why", Tag: "reading", Summary: "What a unit's rank is made of", Tagged: true,
			About:   "With other: also what sets the two units apart, largest first.",
			Query:   []apidoc.Param{clusterParameter(), required, {Name: "other", About: "A unit to compare with.", Schema: idText(), Example: "cao-bang"}},
			Answers: readsJSON("The unit's points per criterion, down to entries.", projections.Why{}), Problems: []string{"unknown-cluster", "unknown-unit"}},
		"GET /api/v1/campaigns/{id}/awards": {ID: "awards", Tag: "reading", Summary: "Nominees, ballots, decisions, appeals and documents of every award", Tagged: true,
			Answers: readsJSON("How the campaign stands from the evaluation of its units to their awards.", projections.Awards{})},
		"GET /api/v1/campaigns/{id}/trail": {ID: "trail", Tag: "reading", Summary: "All that is recorded behind an award", Tagged: true,
			Query: []apidoc.Param{award, clusterParameter()}, Answers: readsJSON("The trail, step by step.", projections.Trail{}),
			Problems: []string{"unknown-award", "unknown-cluster", "busy"}},
		"GET /api/v1/campaigns/{id}/check": {ID: "check", Tag: "reading", Summary: "What keeps the campaign from its next stage", Tagged: true,
			Answers: readsJSON("What blocks, and what would be lost.", checkAnswer{})},
		"GET /api/v1/campaigns/{id}/regulation": {ID: "regulation", Tag: "reading", Summary: "The regulation in force, in canonical form", Tagged: true,
			Answers: readsJSON("The bytes whose SHA-256 the opening names, and a line feed.", apidoc.Ref("Regulation"))},
		"POST /api/v1/campaigns/{id}/amendment": {ID: "previewAmendment", Tag: "reading", Summary: "What another regulation would do to the ranks; nothing is stored",
			Access: apidoc.Members, Query: []apidoc.Param{fileName("regulation.yaml")}, Body: regulationBody(), Answers: readsJSON("The ranks, now and then.", projections.Preview{}),
			Problems: []string{"login", "regulation", "too-big", "busy", "read-only", apidoc.Refusals}},
		"GET /api/v1/campaigns/{id}/members": {ID: "members", Tag: "members", Summary: "Who may speak, with their keys, and who might", Tagged: true,
			Query: append([]apidoc.Param{{Name: "key", About: "Only the member who has this key now, also if a freeze hides how.", Schema: text(),
				Example: "ed25519:" + exampleHash}}, paging(idText(), "lang-son-head")...),
			Answers: readsJSON("The members by id.", memberList{})},
		"GET /api/v1/campaigns/{id}/head": {ID: "head", Tag: "proof", Summary: "The log's size, root and time, which everybody may see at any time", Tagged: true,
			Answers: readsJSON("The head.", host.Head{})},
	}
}

// whatIfOperation describes what the standings would be if something were otherwise.
func whatIfOperation() apidoc.Operation {
	return apidoc.Operation{ID: "whatIf", Tag: "reading", Summary: "What the standings would be under other weights or aggregates, or without a scorer; never official, never stored", Tagged: true,
		Query: []apidoc.Param{clusterParameter(),
			{Name: "weight", About: "CRITERION:WEIGHT, with commas between several.", Schema: text(), Example: "I.1:1.5"},
			{Name: "without", About: "A unit or a scorer whose marks do not count, with commas between several.", Schema: text(), Example: "lang-son"},
			{Name: "aggregate", About: "[CRITERION:]METHOD of mean, median, trimmed-mean:TRIM and sum, with commas between several.", Schema: text(), Example: "median"},
			asOfParameter(), {Name: "detail", About: "none: without points per criterion.", Schema: words("none"), Example: "none"}},
		Answers:  readsJSON("What was assumed, the units whose rank or points it changes, and the standings.", apidoc.Ref("WhatIf")),
		Problems: []string{"what-if", "unknown-cluster", "unknown-unit", "unknown-leaf", "unknown-scorer", "busy"}}
}

// liveOperations are reads that are feeds too.
func liveOperations() map[string]apidoc.Operation {
	last := []apidoc.Param{{Name: "Last-Event-ID", About: "With Accept: text/event-stream: the id of the last message that came; the feed goes on after it. What is of another log is refused.",
		Schema: seqSchema(0), Example: 412}}
	stream := func(of any) apidoc.Content { return apidoc.Content{Type: eventStream, Of: of} }
	both := func(aboutIt, kind string, of any) []apidoc.Answer {
		return []apidoc.Answer{{Status: 200, About: aboutIt, Contents: []apidoc.Content{{Type: kind, Of: of}, stream(of)}}}
	}
	return map[string]apidoc.Operation{
		"GET /api/v1/campaigns/{id}/standings": {ID: "standings", Tag: "reading", Summary: "The standings, now or as of an earlier event; or as they change", Tagged: true,
			About:   "With Accept: text/event-stream a message comes with each change, at most ten a second, named standings, with the sequence as its id.",
			Query:   []apidoc.Param{clusterParameter(), asOfParameter(), {Name: "detail", About: "none: without points per criterion.", Schema: words("none"), Example: "none"}},
			Headers: last, Answers: both("The standings.", kindJSON, apidoc.Ref("Standings")), Problems: []string{"unknown-cluster", "busy"}},
		"GET /api/v1/campaigns/{id}/board": {ID: "board", Tag: "reading", Summary: "What a live board shows; or as it changes", Tagged: true,
			About:   "With Accept: text/event-stream a message comes with each change, at most ten a second, named board, with the sequence as its id.",
			Headers: last, Answers: both("The board.", kindJSON, apidoc.Ref("Board")), Problems: []string{"busy"}},
		"GET /api/v1/campaigns/{id}/events": {ID: "events", Tag: "log", Summary: "The log, record by record; or as it grows",
			About: "NDJSON, or with Accept: text/event-stream a feed whose messages have the sequence as id; those of hidden events are named leaf. A feed " +
				"that ends early says in its last line, or in a message named end, why and after which event to resume. Read the log by page with since; sequences have no gaps.",
			Query: []apidoc.Param{
				{Name: "since", About: "What comes after this event.", Schema: seqSchema(0), Example: 400},
				yes("follow", "Wait for what comes, without end."),
				{Name: "type", About: "Only events of these types, with commas between them, and the leaf hashes of all that is hidden.", Schema: text(), Example: "score.entered,entry.withdrawn"},
				yes("end", "Mark the end: a last line says that this was all. Not with follow.")},
			Headers: last, Problems: []string{"busy"},
			Answers: both("The events in the order of their sequences.", kindLines,
				apidoc.Ref("LogLine"))},
	}
}
