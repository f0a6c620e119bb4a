package server

import (
	"encoding/json"
	"reflect"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/documents"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// documentTypes say of the types of answers what reflection can't.
func documentTypes() apidoc.Types {
	return apidoc.Types{
		Names: map[reflect.Type]string{
			reflect.TypeFor[ledger.File]():  "EvidenceFile",
			reflect.TypeFor[host.Finding](): "DoctorFinding", reflect.TypeFor[host.Rebuilt](): "Rebuilt",
			reflect.TypeFor[checkAnswer]():          "Check",
			reflect.TypeFor[serverAbout]():          "About",
			reflect.TypeFor[auditPage]():            "AuditPage",
			reflect.TypeFor[detachedText]():         "DetachedText",
			reflect.TypeFor[campaignList]():         "CampaignList",
			reflect.TypeFor[memberList]():           "MemberList",
			reflect.TypeFor[ledger.StreamsHealth](): "StreamsHealth",
			reflect.TypeFor[host.NATSStatus]():      "NATSStatus",
			reflect.TypeFor[health]():               "Health",
			reflect.TypeFor[readiness]():            "Readiness",
			reflect.TypeFor[problem]():              "Problem",
		},
		Fixed: map[reflect.Type]*apidoc.Schema{
			reflect.TypeFor[json.RawMessage]():         {},
			reflect.TypeFor[events.Seq]():              seqSchema(0),
			reflect.TypeFor[events.Type]():             words(events.Types()...),
			reflect.TypeFor[events.Stage]():            words(append([]events.Stage{""}, events.Stages()...)...), // "" in an unsigned campaign
			reflect.TypeFor[events.Clock]():            words("", events.ClockLive, events.ClockHistoric),        // "" of a log whose opening can't be read
			reflect.TypeFor[ledger.Durability]():       words(ledger.DurabilitySynced, ledger.DurabilityUnverified),
			reflect.TypeFor[Health]():                  words(HealthGood, HealthReadOnly, HealthTrouble, HealthStarting, HealthStopping),
			reflect.TypeFor[projections.RowFate]():     words(projections.RowNew, projections.RowReplaces, projections.RowUnchanged, projections.RowStored, projections.RowBad),
			reflect.TypeFor[projections.BlockerCode](): {Type: "string", Description: "names what blocks; stable, for programs"},
			reflect.TypeFor[projections.AnomalyCode](): {Type: "string", Description: "names what is unusual; stable, for programs"},
			reflect.TypeFor[projections.TrailCode]():   {Type: "string", Description: "names the section; stable, for programs"},
		},
		Properties: map[string]*apidoc.Schema{
			"Problem.type":         {Type: "string", Enum: []any{"about:blank"}},
			"Problem.code":         apidoc.Ref("ProblemCode"),
			"Problem.title":        about("the status in words"),
			"Problem.detail":       about("what is wrong and what to do, in English, for people"),
			"Problem.field":        about("of the draft, or the row's column"),
			"Problem.refusal":      about("of signed events: the log's signed note that it refused them, after which event and why"),
			"Problem.request":      about("the request's id, as in the header X-Request-Id; the server's log names it"),
			"Problem.ids":          {Type: "array", Items: &apidoc.Schema{Type: "string"}, Description: "with code unclear: the events' ids, also those the server gave; send the events again with them"},
			"ImportResult.started": apidoc.Ref("Draft.import.started"),
			"Trail.withoutHost":    {Type: "array", Items: apidoc.Ref("WithoutUnit")},
		},
		Also: []any{host.Witnessing{}},
		Written: map[string]string{
			"Decimal":          `{"type":"string","pattern":"^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$","description":"an exact decimal"}`,
			"Moment":           `{"type":"string","format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$","description":"a time in UTC and milliseconds"}`,
			"LogLine":          `{"description":"a line of the log: an event, one that is hidden, or last why it ends","anyOf":[{"$ref":"#/components/schemas/StoredLine"},{"$ref":"#/components/schemas/HiddenLine"},{"$ref":"#/components/schemas/EndLine"}]}`,
			"StoredLine":       storedLineSchema,
			"HiddenLine":       hiddenLineSchema,
			"EndLine":          endLineSchema,
			"BareLine":         bareLineSchema,
			"StandingsRequest": standingsRequestSchema,
			"Standings":        standingsSchema,
			"WithoutUnit":      withoutSchema,
			"WhatIf":           whatIfSchema,
			"Assumed":          assumedSchema,
			"RankChange":       rankChangeSchema,
			"Board":            boardSchema,
			"Regulation":       `{"type":"object","description":"a regulation in canonical form, decimals as strings, nothing filled in","required":["id","criteria","clusters"]}`,
		},
	}
}

const storedLineSchema = `{"type":"object","description":"an event as it is stored: its record verbatim","additionalProperties":false,"required":["seq","recorded","record"],"properties":{
	"seq":{"type":"integer","minimum":1},
	"recorded":{"$ref":"#/components/schemas/Moment"},
	"record":{"$ref":"#/components/schemas/Record"},
	"checkpoint":{"type":"string","description":"in the answer to an append with receipt=true: a signed head that covers the event, a C2SP checkpoint"}}}`

const hiddenLineSchema = `{"type":"object","description":"an event that is hidden from the reader, by a freeze or as a vote in an open ballot","additionalProperties":false,"required":["seq","recorded","leaf"],"properties":{
	"seq":{"type":"integer","minimum":1},
	"recorded":{"$ref":"#/components/schemas/Moment"},
	"leaf":{"type":"string","pattern":"^[0-9a-f]{64}$","description":"the hash of its leaf (RFC 6962)"}}}`

const endLineSchema = `{"type":"object","description":"why a feed ends, and after which event to resume","additionalProperties":false,"required":["seq"],"properties":{
	"end":{"const":"complete","description":"with end=true: all there was"},
	"error":{"type":"string"},
	"code":{"$ref":"#/components/schemas/ProblemCode"},
	"seq":{"type":"integer","minimum":0}}}`

const bareLineSchema = `{"type":"object","description":"an event that is stored, without its record","additionalProperties":false,"required":["seq","recorded"],"properties":{
	"seq":{"type":"integer","minimum":1},
	"recorded":{"$ref":"#/components/schemas/Moment"}}}`

const standingsRequestSchema = `{"type":"object","additionalProperties":false,"properties":{
	"cluster":{"type":"string"},
	"as_of":{"type":["integer","string"],"description":"a sequence, a time or a date"},
	"lang":{"enum":["vi","en"]},
	"detail":{"enum":["none"],"description":"without points per criterion"}}}`

const standingsSchema = `{"type":"object","description":"standings in rank order, then by unit id","additionalProperties":false,"required":["format","campaign","signed","asOf","final","clusters"],"properties":{
	"format":{"const":1},
	"campaign":{"type":"string"},
	"signed":{"type":"boolean"},
	"notice":{"type":"string"},
	"asOf":{"type":"object","additionalProperties":false,"required":["seq","time"],"properties":{"seq":{"type":"integer","minimum":1},"time":{"$ref":"#/components/schemas/Moment"}}},
	"final":{"type":"boolean"},
	"frozen":{"type":"integer","minimum":1,"description":"the event that froze them"},
	"clusters":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["id","title","standings"],"properties":{
		"id":{"type":"string"},
		"title":{"type":"string"},
		"standings":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["rank","unit","title","points","complete","missing","tiedWith","notes"],"properties":{
			"rank":{"type":"integer","minimum":1},
			"unit":{"type":"string"},
			"title":{"type":"string"},
			"points":{"$ref":"#/components/schemas/Decimal"},
			"max":{"$ref":"#/components/schemas/Decimal"},
			"complete":{"type":"boolean"},
			"criteria":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Decimal"},"description":"points by criterion, groups too"},
			"missing":{"type":"array","items":{"type":"string"},"description":"leaves without an official value"},
			"tiedWith":{"type":"array","items":{"type":"string"}},
			"notes":{"type":"array","items":{"type":"string"}}}}}}}}}}`

const withoutSchema = `{"type":"object","description":"the standings if one unit's marks did not count; never official","additionalProperties":false,"required":["format","official","without"],"properties":{
	"format":{"const":1},
	"official":{"const":false},
	"without":{"type":"object","additionalProperties":false,"required":["unit","dropped","changes","standings"],"properties":{
		"unit":{"type":"string"},
		"dropped":{"type":"integer","minimum":0},
		"changes":{"type":"array","items":{"$ref":"#/components/schemas/RankChange"}},
		"standings":{"$ref":"#/components/schemas/Standings"}}}}}`

const rankChangeSchema = `{"type":"object","additionalProperties":false,"required":["cluster","unit","from","to"],"properties":{
	"cluster":{"type":"string"},"unit":{"type":"string"},"from":{"type":"integer"},"to":{"type":"integer"},
	"points":{"$ref":"#/components/schemas/Decimal"},"pointsThen":{"$ref":"#/components/schemas/Decimal"},"difference":{"$ref":"#/components/schemas/Decimal"}}}`

const whatIfSchema = `{"type":"object","description":"the standings under an assumption; never official","additionalProperties":false,"required":["format","official","whatIf"],"properties":{
	"format":{"const":1},
	"official":{"const":false},
	"whatIf":{"type":"object","additionalProperties":false,"required":["weights","aggregates","without","dropped","changes","standings"],"properties":{
		"cluster":{"type":"string"},
		"weights":{"type":"array","items":{"$ref":"#/components/schemas/Assumed"}},
		"aggregates":{"type":"array","items":{"$ref":"#/components/schemas/Assumed"}},
		"allAggregates":{"type":"object","additionalProperties":false,"required":["to","leaves"],"properties":{"to":{"type":"string"},"leaves":{"type":"integer","minimum":0}}},
		"without":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["scorer","dropped"],"properties":{
			"scorer":{"type":"string"},"dropped":{"type":"integer","minimum":0}}}},
		"dropped":{"type":"integer","minimum":0},
		"changes":{"type":"array","items":{"$ref":"#/components/schemas/RankChange"}},
		"standings":{"$ref":"#/components/schemas/Standings"}}}}}`

const assumedSchema = `{"type":"object","additionalProperties":false,"required":["set","criterion","from","to"],"properties":{
	"set":{"type":"string"},"criterion":{"type":"string"},"from":{"type":"string"},"to":{"type":"string"}}}`

const boardSchema = `{"type":"object","description":"all that a live board needs","additionalProperties":false,"required":["seq","time","state","stage","proof","witnessed","clusters"],"properties":{
	"seq":{"type":"integer","minimum":1},
	"time":{"$ref":"#/components/schemas/Moment"},
	"state":{"enum":["live","frozen","final","read-only"]},
	"readOnly":{"type":"string","description":"why"},
	"frozen":{"type":"integer","minimum":1},
	"stage":{"type":"string"},
	"proof":{"$ref":"#/components/schemas/Witnessing"},
	"witnessed":{"type":"string","description":"what proof says, in the reader's language"},
	"clusters":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["id","standings"],"properties":{
		"id":{"type":"string"},
		"standings":{"type":"array","items":{"type":"object","additionalProperties":false,
			"required":["rank","unit","points","complete","missing","bonus","penalty","day","tied","notes"],"properties":{
			"rank":{"type":"integer","minimum":1},
			"unit":{"type":"string"},
			"points":{"$ref":"#/components/schemas/Decimal"},
			"max":{"$ref":"#/components/schemas/Decimal"},
			"complete":{"type":"boolean"},
			"missing":{"type":"integer","minimum":0,"description":"leaves without an official value"},
			"bonus":{"$ref":"#/components/schemas/Decimal"},
			"penalty":{"$ref":"#/components/schemas/Decimal"},
			"day":{"type":"integer","minimum":1,"description":"the rank when the campaign's day began"},
			"tied":{"type":"boolean"},
			"notes":{"type":"array","items":{"type":"string"}}}}}}}}}}`

// words is the schema of one of some words.
func words[T ~string](list ...T) *apidoc.Schema {
	s := &apidoc.Schema{Type: "string"}
	for _, word := range list {
		s.Enum = append(s.Enum, string(word))
	}
	return s
}

func about(text string) *apidoc.Schema { return &apidoc.Schema{Type: "string", Description: text} }

func text() *apidoc.Schema { return &apidoc.Schema{Type: "string"} }

// idText is the schema of an id.
func idText() *apidoc.Schema {
	return &apidoc.Schema{Type: "string", Pattern: "^[a-z0-9][a-z0-9-]{0,62}$"}
}

func hexText() *apidoc.Schema { return &apidoc.Schema{Type: "string", Pattern: "^[0-9a-f]{64}$"} }

// seqSchema is the schema of a sequence, or of another whole number, from least on.
func seqSchema(least float64) *apidoc.Schema { return &apidoc.Schema{Type: "integer", Minimum: &least} }

func upTo(most float64) *apidoc.Schema {
	s := seqSchema(0)
	s.Maximum = &most
	return s
}

func pathParameters() map[string]apidoc.Param {
	return map[string]apidoc.Param{
		"id":     {About: "The campaign.", Schema: idText(), Example: "cum2-2017"},
		"seq":    {About: "The event's sequence, from 1.", Schema: seqSchema(1), Example: 412},
		"import": {About: "The import, as its plan names it.", Schema: &apidoc.Schema{Type: "string", Format: "uuid"}, Example: "0192f0c8-8f4e-7d07-9c1e-4b2b1f1d7f00"},
		"sha256": {About: "The SHA-256 of the file's bytes.", Schema: hexText(), Example: exampleHash},
		"kind":   {About: "The kind of file.", Schema: words(documentKinds()...), Example: documents.StandingsCSV},
		"hash":   {About: "The hash that a record names the text by.", Schema: hexText(), Example: exampleHash},
	}
}

const exampleHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func langParameter() apidoc.Param {
	return apidoc.Param{Name: "lang", About: "The language of titles and sentences: Vietnamese, or English. Errors are in English.",
		Schema: &apidoc.Schema{Type: "string", Enum: []any{"vi", "en"}, Default: []byte(`"vi"`)}}
}

// yes is a parameter that is given as true or left out.
func yes(name, aboutIt string) apidoc.Param {
	return apidoc.Param{Name: name, About: aboutIt, Schema: &apidoc.Schema{Type: "boolean", Default: []byte("false")}, Example: true}
}

// paging are the parameters of a list by page; after is where the page before ended.
func paging(after *apidoc.Schema, example any) []apidoc.Param {
	return []apidoc.Param{
		{Name: "limit", About: "At most so many; 0, or left out: all.", Schema: upTo(maxPage), Example: 50},
		{Name: "after", About: "What comes after this one: the next of the page before.", Schema: after, Example: example},
	}
}

// readsJSON is an answer of one JSON value.
func readsJSON(aboutIt string, of any) []apidoc.Answer {
	return []apidoc.Answer{{Status: 200, About: aboutIt, Contents: []apidoc.Content{{Type: kindJSON, Of: of}}}}
}

func readsText(aboutIt string) []apidoc.Answer {
	return []apidoc.Answer{{Status: 200, About: aboutIt, Contents: []apidoc.Content{{Type: "text/plain", Of: text()}}}}
}
