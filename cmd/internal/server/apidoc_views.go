package server

import (
	"strings"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/documents"
	"campaignledger/projections"
)

// viewOperations are what else is told beside the standings: their course, diagnostics, and documents.
func viewOperations() map[string]apidoc.Operation {
	unit := apidoc.Param{Name: "unit", About: "The unit.", Schema: idText(), Example: "lang-son"}
	return map[string]apidoc.Operation{
		"GET /api/v1/campaigns/{id}/timeline": {ID: "timeline", Tag: "reading", Summary: "The course of the ranks: by day, the marks of the year, and move by move", Tagged: true,
			About: "Of more than 400 days there are weeks, or longer steps. The rows of one import or sheet are one move.",
			Query: []apidoc.Param{clusterParameter(), {Name: "after", About: "Moves after this event; next of the page before.", Schema: seqSchema(0), Example: 412},
				{Name: "limit", About: "At most so many moves; 50 if left out.", Schema: upTo(projections.MaxMoves), Example: 50}},
			Answers: readsJSON("The timeline.", timelineAnswer{}), Problems: []string{"unknown-cluster"}},
		"GET /api/v1/campaigns/{id}/stability": {ID: "stability", Tag: "reading", Summary: "The smallest change of one mark or one weight that would flip each pair of neighbours; a diagnostic", Tagged: true,
			Query:   []apidoc.Param{clusterParameter(), {Name: "pairs", About: "N: the first N pairs; N-M: from the N-th to the M-th; left out: the first 20.", Schema: text(), Example: "1-6"}, asOfParameter()},
			Answers: readsJSON("The pairs, from the top.", projections.Stability{}), Problems: []string{"range", "unknown-cluster", "busy"}},
		"GET /api/v1/campaigns/{id}/scorers": {ID: "scorers", Tag: "reading", Summary: "Harshness, self-favour, and ranks gained from one's own marks of others; a diagnostic", Tagged: true,
			Query:   []apidoc.Param{clusterParameter(), unit, asOfParameter()},
			Answers: readsJSON("The scorers.", projections.Scorers{}), Problems: []string{"unknown-cluster", "unknown-unit", "busy"}},
		"GET /api/v1/campaigns/{id}/documents": {ID: "documents", Tag: "files", Summary: "Documents that were issued, and the kinds of files that are made when asked for", Tagged: true,
			Answers: readsJSON("The list.", documentList{})},
		"GET /api/v1/campaigns/{id}/documents/{kind}": {ID: "document", Tag: "files", Summary: "A document or an export, byte for byte as the command export makes it", Tagged: true,
			About: "Its headers say of which event it is (" + SeqHeader + ", " + GenesisHeader + ") and its SHA-256 (Repr-Digest). Each kind takes the options that the list names.",
			Query: []apidoc.Param{clusterParameter(), {Name: "award", About: "The award.", Schema: idText(), Example: "ministry-flag"},
				{Name: "ballot", About: "The ballot.", Schema: idText(), Example: "ministry-flag-1"}, unit, {Name: "level", About: "The review level.", Schema: idText(), Example: "cross"}, asOfParameter()},
			Answers:  []apidoc.Answer{{Status: 200, About: "The file.", Contents: documentContents()}},
			Problems: []string{"option", "no-pact", "busy"}},
	}
}

// documentContents are the media types of all kinds.
func documentContents() (list []apidoc.Content) {
	seen := map[string]bool{}
	for _, kind := range documents.Kinds() {
		media, _, _ := strings.Cut(kind.Type, ";")
		if !seen[media] {
			seen[media] = true
			content := apidoc.Content{Type: media, Of: text()}
			if media == kindJSON {
				content.Of = apidoc.Ref("Standings")
			}
			list = append(list, content)
		}
	}
	return list
}

// documentKinds are the kinds as the path has them.
func documentKinds() (ids []string) {
	for _, kind := range documents.Kinds() {
		ids = append(ids, kind.ID)
	}
	return ids
}
