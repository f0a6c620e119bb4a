package projections

func proposalRules() []courseRule   { return nil }
func decisionRules() []courseRule   { return nil }
func revocationRules() []courseRule { return nil }
func appealRules() []courseRule     { return nil }
func correctionRules() []courseRule { return nil }
func reviewedRules() []courseRule   { return nil }
func documentRules() []courseRule   { return nil }
