package server

import (
	"net/http"
	"slices"

	"campaignledger/cmd/internal/web"
)

// route is one way into the server.
type route struct {
	pattern string // as http.ServeMux has it, with the method
	handler http.HandlerFunc
}

// routes are all ways into the server.
func (s *Server) routes() []route {
	return slices.Concat(s.serverRoutes(), s.campaignRoutes(), s.pageRoutes())
}

// serverRoutes are those about the server and all its campaigns.
func (s *Server) serverRoutes() []route {
	return []route{
		{"GET /healthz", s.healthz},
		{"GET /readyz", s.readyz},
		{"GET /metrics", s.metrics},
		{"GET /api/v1/status", s.status},
		{"GET /api/v1/server", s.about},
		{"GET /api/v1/doctor", s.examineAll},
		{"GET /api/v1/openapi.json", s.openAPI},
		{"GET /api/v1/asyncapi.json", s.asyncAPI},
		{"GET /api/v1/campaigns", s.list},
		{"POST /api/v1/campaigns", s.open},
	}
}

// campaignRoutes are the API of one campaign.
func (s *Server) campaignRoutes() []route {
	return []route{
		{"GET /api/v1/campaigns/{id}", s.summary},
		{"GET /api/v1/campaigns/{id}/standings", s.standings},
		{"GET /api/v1/campaigns/{id}/board", s.board},
		{"GET /api/v1/campaigns/{id}/audit", s.audit},
		{"GET /api/v1/campaigns/{id}/why", s.why},
		{"GET /api/v1/campaigns/{id}/timeline", s.timeline},
		{"GET /api/v1/campaigns/{id}/stability", s.stability},
		{"GET /api/v1/campaigns/{id}/scorers", s.scorers},
		{"GET /api/v1/campaigns/{id}/whatif", s.whatIf},
		{"GET /api/v1/campaigns/{id}/events", s.events},
		{"POST /api/v1/campaigns/{id}/events", s.append},
		{"POST /api/v1/campaigns/{id}/imports", s.importFile},
		{"POST /api/v1/campaigns/{id}/imports/{import}", s.storeImport},
		{"POST /api/v1/campaigns/{id}/drafts", s.drafts},
		{"POST /api/v1/campaigns/{id}/amendment", s.amendment},
		{"GET /api/v1/campaigns/{id}/regulation", s.regulation},
		{"GET /api/v1/campaigns/{id}/members", s.members},
		{"GET /api/v1/campaigns/{id}/check", s.check},
		{"GET /api/v1/campaigns/{id}/awards", s.awards},
		{"GET /api/v1/campaigns/{id}/trail", s.trail},
		{"GET /api/v1/campaigns/{id}/documents", s.documents},
		{"GET /api/v1/campaigns/{id}/documents/{kind}", s.document},
		{"GET /api/v1/campaigns/{id}/head", s.head},
		{"GET /api/v1/campaigns/{id}/checkpoint", s.checkpoint},
		{"GET /api/v1/campaigns/{id}/checkpoints", s.checkpoints},
		{"POST /api/v1/campaigns/{id}/cosignatures", s.cosign},
		{"GET /api/v1/campaigns/{id}/events/{seq}/receipt", s.receipt},
		{"GET /api/v1/campaigns/{id}/growth", s.growth},
		{"GET /api/v1/campaigns/{id}/bundle", s.bundle},
		{"GET /api/v1/campaigns/{id}/doctor", s.doctor},
		{"GET /api/v1/campaigns/{id}/backup", s.backup},
		{"POST /api/v1/campaigns/{id}/take-over", s.takeOver},
		{"POST /api/v1/campaigns/{id}/rebuild", s.rebuild},
		{"GET /api/v1/campaigns/{id}/policy", s.policy},
		{"POST /api/v1/campaigns/{id}/policy", s.adoptPolicy},
		{"GET /api/v1/campaigns/{id}/challenge", s.challenge},
		{"POST /api/v1/campaigns/{id}/login", s.login},
		{"POST /api/v1/campaigns/{id}/session", s.makeLink},
		{"POST /api/v1/campaigns/{id}/evidence", s.putEvidence},
		{"GET /api/v1/campaigns/{id}/evidence/{sha256}", s.getEvidence},
		{"POST /api/v1/campaigns/{id}/detached", s.putDetached},
		{"GET /api/v1/campaigns/{id}/detached/{hash}", s.getDetached},
		{"DELETE /api/v1/campaigns/{id}/detached/{hash}", s.eraseDetached},
	}
}

// pageRoutes are the pages.
func (s *Server) pageRoutes() []route {
	return []route{
		{"GET /{$}", s.home},
		{"GET /campaigns/{id}", s.page(web.Board, "as_of", "cluster")},
		{"GET /campaigns/{id}/replay", s.page(web.Replay, "as_of", "cluster", "units")},
		{"GET /campaigns/{id}/projector", s.page(web.Projector, "cluster", "theme", "as_of")},
		{"GET /campaigns/{id}/reveal", s.page(web.Reveal, "cluster", "theme", "step")},
		{"GET /campaigns/{id}/units/{unit}", s.page(web.Unit, "cluster", "as_of")},
		{"GET /campaigns/{id}/compare", s.page(web.Compare, "cluster", "unit", "other", "as_of")},
		{"GET /campaigns/{id}/awards", s.page(web.Awards, "as_of")},
		{"GET /campaigns/{id}/awards/{award}", s.page(within(&s.refolds, web.Trail), "as_of", "cluster")},
		{"GET /campaigns/{id}/documents", s.page(web.Documents, "as_of")},
		{"GET /campaigns/{id}/log", s.page(web.Log, "as_of", "cluster", "unit", "criterion", "author", "type", "from", "to", "order", "before", "after")},
		{"GET /campaigns/{id}/events/{seq}", s.page(web.Event, "as_of")},
		{"GET /campaigns/{id}/stability", s.page(web.Stability, "cluster", "pairs", "as_of")},
		{"GET /campaigns/{id}/scorers", s.page(web.Scorers, "cluster", "unit", "as_of")},
		{"GET /campaigns/{id}/whatif", s.page(within(&s.whatIfs, web.WhatIf), "as_of", "cluster", "weight", "without", "aggregate", "weight.*", "without.*", "aggregate.*")},
		{"GET /campaigns/{id}/enter", s.enter},
		{"POST /campaigns/{id}/enter", s.confirm},
		{"POST /campaigns/{id}/leave", s.leave},
		{"GET /assets/{file}", asset},
	}
}
