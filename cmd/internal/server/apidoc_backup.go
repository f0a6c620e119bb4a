package server

import "campaignledger/cmd/internal/apidoc"

// backupOperations are what a server's own machine asks for, to have the campaigns elsewhere should it be lost.
func backupOperations() map[string]apidoc.Operation {
	return map[string]apidoc.Operation{
		"GET /api/v1/doctor": {ID: "examine", Tag: "server", Summary: "Examine the data directory as a whole: keys, disk, streams, what was left over", Access: apidoc.Machine,
			Answers: readsJSON("What was found.", DirectoryFindings{}), Problems: []string{"machine", "store", "timeout"}},
		"GET /api/v1/campaigns/{id}/backup": {ID: "backup", Tag: "server", Summary: "All that the server keeps of the campaign, for a restore elsewhere", Access: apidoc.Machine,
			About: "It has in it what is hidden from members and from the hall, and no private key. It counts once it was restored aside and compared: campaign backup does that.",
			Query: []apidoc.Param{yes("good_prefix", "Of a log that is broken what is good, without files that are damaged.")},
			Answers: []apidoc.Answer{{Status: 200, About: "The backup, as " + kindBackup + "; a trailer " + BackupErrorTrailer + " says why it is cut off.",
				Contents: []apidoc.Content{{Type: "application/octet-stream"}}}},
			Problems: []string{"machine", "busy", "read-only", "unsigned", "evidence-damaged", "detached-damaged"}},
		"POST /api/v1/campaigns/{id}/take-over": {ID: "takeOver", Tag: "server", Summary: "Take over a restored copy of an unsigned campaign", Access: apidoc.Machine,
			About:    "Of a signed one a head does: append ledger.taken-over, with what the campaign's summary has under restored.",
			Body:     noteBody("The reason."),
			Answers:  []apidoc.Answer{{Status: 200, About: "The event as it is stored.", Contents: []apidoc.Content{{Type: kindJSON, Of: apidoc.Ref("StoredLine")}}}},
			Problems: appending("machine")},
	}
}
