package cli

import "campaignledger/events"

// stageWord is a stage as people say it.
func (a *app) stageWord(stage events.Stage) string { return stage.In(a.lang) }

// stageName is a stage as people say it, with the word that commands take.
func (a *app) stageName(stage events.Stage) string {
	return withCode(a.stageWord(stage), string(stage))
}

// roleWord is a member's role as people say it.
func (a *app) roleWord(role string) string { return events.RoleIn(role, a.lang) }

// withCode puts the word that commands take behind the one that people say, where they differ.
func withCode(word, code string) string {
	if word == code {
		return word
	}
	return word + " (" + code + ")"
}

// endorseQuestion asks whether to put one's word to an event.
func endorseQuestion(as string) (vi, en string) {
	switch as {
	case events.EndorseSecond:
		return "Đồng thẩm định và ký?", "Second it and sign?"
	case events.EndorseReviewed:
		return "Xác nhận đã xem xét lại và ký?", "Confirm that you looked again and sign?"
	case events.EndorseReceived:
		return "Xác nhận đã nhận và ký?", "Confirm receipt and sign?"
	}
	return "Đồng ý và ký?", "Agree and sign?"
}
