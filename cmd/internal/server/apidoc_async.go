package server

import (
	"campaignledger/cmd/internal/apidoc"
)

const aboutAsync = `What a campaign sends by itself: feeds over HTTP (server-sent events), and subjects of NATS where a NATS port is open.

Everything is the public view: what a freeze or an open ballot hides comes once it may be seen, in order. Subjects are derived, published after
the commit and without a guarantee: a message may come twice or be missed. Tell repeats by the header Seq, and read gaps from
/api/v1/campaigns/{id}/events, which is the truth. The streams CAMPAIGN_<id> are the ledger's own: nobody else may publish or subscribe there.`

func async() apidoc.Async {
	campaign := "The campaign's id."
	params := func(more ...string) map[string]string {
		all := map[string]string{"campaign": campaign}
		for i := 0; i+1 < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	seq := &apidoc.Schema{Type: "object", Required: []string{"Seq"}, Properties: map[string]*apidoc.Schema{"Seq": {Type: "string", Pattern: "^[1-9][0-9]*$", Description: "the event's sequence"}}}
	event := apidoc.Message{Name: "event", About: "The event's record, verbatim.", Type: kindJSON, Headers: seq, Of: apidoc.Ref("Record")}
	ranking := apidoc.Message{Name: "ranking", About: "The cluster's newest standings, without criteria.", Type: kindJSON, Of: apidoc.Ref("Standings")}
	end := apidoc.Message{Name: "end", About: "event: end. Why the feed ends, and after which event to resume.", Type: kindJSON, Of: apidoc.Ref("EndLine")}
	inHTTP := "; send Accept: text/event-stream. The id of a message is a sequence, and Last-Event-ID resumes after it. A comment comes every 15 seconds where nothing else does."
	return apidoc.Async{About: aboutAsync, Channels: append(service(), []apidoc.Channel{
		{Name: "events", NATS: true, Address: "event.{campaign}.{type}.{subject}",
			About:    "Each event, after its commit, in order. On request kept in the stream EVENTS_<campaign>, where message n is event n.",
			Params:   params("type", "The event's type, which has a dot: two tokens of the subject.", "subject", "The unit that the event is about, or _ where it is about none."),
			Messages: []apidoc.Message{event}, Extra: map[string]any{"x-stream": "EVENTS_{campaign}"}},
		{Name: "rankings", NATS: true, Address: "rankings.{campaign}.{cluster}", About: "The newest standings of a cluster, at most ten a second.",
			Params: params("cluster", "The cluster's id."), Messages: []apidoc.Message{ranking}},
		{Name: "rankingsBucket", NATS: true, Address: "$KV.RANKINGS.{campaign}.{cluster}", About: "The key <campaign>.<cluster> of the key-value bucket RANKINGS: the same, for who comes later.",
			Params: params("cluster", "The cluster's id."), Messages: []apidoc.Message{ranking}, Extra: map[string]any{"x-bucket": "RANKINGS"}},
		{Name: "log", Address: "/api/v1/campaigns/{campaign}/events", About: "The log as it grows" + inHTTP + " From the first hidden event on there are no ids; once it may be seen, the feed goes back to it.",
			Params: params(), Messages: []apidoc.Message{
				{Name: "stored", About: "An event.", Type: kindJSON, Of: apidoc.Ref("StoredLine")},
				{Name: "leaf", About: "event: leaf. The hash of an event that is hidden from the reader.", Type: kindJSON, Of: apidoc.Ref("HiddenLine")}, end}},
		{Name: "standings", Address: "/api/v1/campaigns/{campaign}/standings", About: "The standings as they change, at most ten a second" + inHTTP,
			Params: params(), Messages: []apidoc.Message{{Name: "standings", About: "event: standings. The standings.", Type: kindJSON, Of: apidoc.Ref("Standings")}, end}},
		{Name: "board", Address: "/api/v1/campaigns/{campaign}/board", About: "The board as it changes, at most ten a second" + inHTTP,
			Params: params(), Messages: []apidoc.Message{{Name: "board", About: "event: board. All that a live board shows.", Type: kindJSON, Of: apidoc.Ref("Board")}, end}},
	}...)}
}

// service are the endpoints of the NATS service campaign-ledger.
func service() []apidoc.Channel {
	params := map[string]string{"campaign": "The campaign's id."}
	refused := apidoc.Message{Name: "refused", About: "Why it was not done.", Type: apidoc.ProblemType, Of: problem{},
		Headers: &apidoc.Schema{Type: "object", Required: []string{"Nats-Service-Error", "Nats-Service-Error-Code"}, Properties: map[string]*apidoc.Schema{
			"Nats-Service-Error": about("the status in words"), "Nats-Service-Error-Code": apidoc.Ref("ProblemCode")}}}
	const found = " An endpoint of the NATS service campaign-ledger (nats micro ls). The reply goes to an inbox only."
	return []apidoc.Channel{
		{Name: "append", NATS: true, Address: "ledger.{campaign}.append", Params: params, Requests: true,
			About: "Append events as POST /api/v1/campaigns/{id}/events does, at most 1 MiB: one request is one commit, and an event's id is its key of idempotency." + found,
			Messages: []apidoc.Message{{Name: "toAppend", About: "Signed records or drafts, one a line.", Type: kindLines,
				Of: &apidoc.Schema{AnyOf: []*apidoc.Schema{apidoc.Ref("Record"), apidoc.Ref("Draft")}}}},
			Replies: []apidoc.Message{{Name: "appended", About: "What is stored, durably, a line each; without the records where the answer would be larger than NATS takes.", Type: kindLines,
				Of: &apidoc.Schema{AnyOf: []*apidoc.Schema{apidoc.Ref("StoredLine"), apidoc.Ref("BareLine")}}}, refused}},
		{Name: "standingsNow", NATS: true, Address: "ledger.{campaign}.standings", Params: params, Requests: true,
			About:    "The standings as GET /api/v1/campaigns/{id}/standings has them for the public." + found,
			Messages: []apidoc.Message{{Name: "whichStandings", About: "Which standings; an empty request asks for all, now.", Type: kindJSON, Of: apidoc.Ref("StandingsRequest")}},
			Replies:  []apidoc.Message{{Name: "standingsThen", About: "The standings.", Type: kindJSON, Of: apidoc.Ref("Standings")}, refused}},
	}
}
