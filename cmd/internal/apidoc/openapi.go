package apidoc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What a document is made of, in the order in which it is written; maps are written in the order of their keys.
type (
	document struct {
		OpenAPI    string                          `json:"openapi"`
		Info       info                            `json:"info"`
		Servers    []any                           `json:"servers"`
		Tags       []Tag                           `json:"tags"`
		Paths      map[string]map[string]operation `json:"paths"`
		Components components                      `json:"components"`
	}
	info struct {
		Title       string  `json:"title"`
		Version     string  `json:"version"`
		Description string  `json:"description,omitempty"`
		License     License `json:"license"`
	}
	operation struct {
		OperationID string                `json:"operationId"`
		Tags        []string              `json:"tags"`
		Summary     string                `json:"summary"`
		Description string                `json:"description,omitempty"`
		Parameters  []any                 `json:"parameters,omitempty"`
		RequestBody *body                 `json:"requestBody,omitempty"`
		Responses   map[string]response   `json:"responses"`
		Security    []map[string][]string `json:"security"`
	}
	parameter struct {
		Name        string  `json:"name"`
		In          string  `json:"in"`
		Description string  `json:"description"`
		Required    bool    `json:"required,omitempty"`
		Schema      *Schema `json:"schema"`
		Example     any     `json:"example,omitempty"`
	}
	header struct {
		Description string  `json:"description"`
		Schema      *Schema `json:"schema"`
	}
	body struct {
		Description string           `json:"description,omitempty"`
		Required    bool             `json:"required,omitempty"`
		Content     map[string]media `json:"content"`
	}
	media struct {
		Schema  *Schema `json:"schema,omitempty"`
		Example any     `json:"example,omitempty"`
	}
	response struct {
		Description string           `json:"description"`
		Headers     map[string]any   `json:"headers,omitempty"`
		Content     map[string]media `json:"content,omitempty"`
	}
	components struct {
		Schemas         map[string]any       `json:"schemas"`
		Parameters      map[string]parameter `json:"parameters"`
		Headers         map[string]header    `json:"headers"`
		SecuritySchemes map[string]any       `json:"securitySchemes"`
	}
	reference struct {
		Ref string `json:"$ref"`
	}
)

// Names of the security schemes.
const (
	memberToken  = "member"
	memberHeader = "memberBesideMachine"
	machineToken = "machine"
	ownerSigned  = "owner"
)

// ProblemType is the media type of every error.
const ProblemType = "application/problem+json"

// OpenAPI is the document of the operations.
func (s *Spec) OpenAPI() ([]byte, error) {
	known, err := newSchemas(s.Types)
	if err != nil {
		return nil, err
	}
	d := document{OpenAPI: "3.1.0", Info: info{s.Title, s.Version, s.About, s.License}, Servers: []any{map[string]string{"url": "/", "description": "this server"}},
		Tags: s.Tags, Paths: map[string]map[string]operation{}, Components: s.components()}
	ids := map[string]bool{}
	for i := range s.Operations {
		o := &s.Operations[i]
		made, err := s.operation(o, known)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Pattern, err)
		}
		if ids[o.ID] || o.ID == "" || o.Summary == "" {
			return nil, fmt.Errorf("%s: %q is no name of its own, or the summary is missing", o.Pattern, o.ID)
		}
		ids[o.ID] = true
		method, path, _ := strings.Cut(o.Pattern, " ")
		if d.Paths[path] == nil {
			d.Paths[path] = map[string]operation{}
		}
		d.Paths[path][strings.ToLower(method)] = made
	}
	err = s.problemSchemas(known)
	if err == nil {
		err = known.keep(d.Paths)
	}
	d.Components.Schemas = known.named
	if err != nil {
		return nil, err
	}
	return encode(d)
}

// components are those that are the same for every operation.
func (s *Spec) components() components {
	text := &Schema{Type: "string"}
	bearer := func(about string) map[string]any {
		return map[string]any{"type": "http", "scheme": "bearer", "description": about}
	}
	return components{
		Parameters: map[string]parameter{
			"lang":        {s.Lang.Name, "query", s.Lang.About, false, s.Lang.Schema, s.Lang.Example},
			"ifNoneMatch": {"If-None-Match", "header", "ETags of answers that the client holds; 304 if one of them is still right.", false, text, nil},
		},
		Headers: map[string]header{
			"etag":       {"Changes when the answer does; send it back in If-None-Match. The answer depends on who asks (see Vary).", text},
			"link":       {`The next page, as <address>; rel="next". Absent at the end.`, text},
			"retryAfter": {"Seconds to wait before the request is sent again.", &Schema{Type: "integer", Minimum: new(float64)}},
		},
		SecuritySchemes: map[string]any{
			memberToken:  bearer("The token of a member's login, for 15 minutes. A member sees through a freeze if its role entitles it."),
			machineToken: bearer("The token in DIR/server.json, which only the user who runs the server can read."),
			memberHeader: map[string]any{"type": "apiKey", "in": "header", "name": s.MemberHeader, "description": "A member's token, where Authorization carries the machine's."},
			ownerSigned: map[string]any{"type": "apiKey", "in": "header", "name": s.OwnerHeader,
				"description": "The owner's Ed25519 signature over the body, where the server has an owner (campaign serve --owner)."},
		}}
}

// Codes that operations may answer without naming them: everyOne all, inCampaign those on a campaign.
func everyOne() []string {
	return []string{"bad-request", "token", "origin", "host", "internal", "closing"}
}

func inCampaign() []string { return []string{"no-campaign", "busy", "store", "timeout"} }

// Common are the codes that every operation of a pattern may answer.
func (o *Operation) common() []string {
	switch {
	case o.Plain:
		return []string{"token", "origin", "host"}
	case strings.Contains(o.Pattern, "/{id}"):
		return append(everyOne(), inCampaign()...)
	}
	return everyOne()
}

func (s *Spec) operation(o *Operation, known *schemas) (operation, error) {
	made := operation{OperationID: o.ID, Tags: []string{o.Tag}, Summary: o.Summary, Description: o.About, Responses: map[string]response{}, Security: security(o.Access)}
	for _, name := range pathParameters(o.Pattern) {
		p, ok := s.Path[name]
		if !ok {
			return made, fmt.Errorf("the path's %s is not described", name)
		}
		made.Parameters = append(made.Parameters, parameter{name, "path", p.About, true, p.Schema, p.Example})
	}
	for _, p := range o.Query {
		made.Parameters = append(made.Parameters, parameter{p.Name, "query", p.About, p.Required, p.Schema, p.Example})
	}
	if !o.Plain {
		made.Parameters = append(made.Parameters, reference{"#/components/parameters/lang"})
	}
	for _, p := range o.Headers {
		made.Parameters = append(made.Parameters, parameter{p.Name, "header", p.About, p.Required, p.Schema, p.Example})
	}
	if o.Tagged {
		made.Parameters = append(made.Parameters, reference{"#/components/parameters/ifNoneMatch"})
		made.Responses["304"] = response{Description: "The client holds the answer already.", Headers: map[string]any{"ETag": reference{"#/components/headers/etag"}}}
	}
	if o.Body != nil {
		content, err := known.contents(o.Body.Contents)
		if err != nil {
			return made, err
		}
		made.RequestBody = &body{o.Body.About, !o.Body.Optional, content}
	}
	for _, a := range o.Answers {
		content, err := known.contents(a.Contents)
		if err != nil {
			return made, err
		}
		made.Responses[strconv.Itoa(a.Status)] = response{a.About, answerHeaders(o, a), content}
	}
	s.addProblems(o, made.Responses)
	return made, nil
}

// addProblems adds the answers to what is wrong, each with the codes it may have.
func (s *Spec) addProblems(o *Operation, to map[string]response) {
	for status, codes := range s.problems(o, o.common()) {
		enum := make([]any, len(codes))
		for i, code := range codes {
			enum[i] = code
		}
		r := response{Description: http.StatusText(status) + ": " + strings.Join(codes, ", ") + ".", Content: map[string]media{ProblemType: {
			Schema: &Schema{AllOf: []*Schema{Ref("Problem"), {Properties: map[string]*Schema{"code": {Enum: enum}}}}}}}}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			r.Headers = map[string]any{"Retry-After": reference{"#/components/headers/retryAfter"}}
		}
		if other, ok := to[strconv.Itoa(status)]; ok { // an answer that has a body of its own
			r.Description = other.Description + " " + r.Description
			for kind, content := range other.Content {
				r.Content[kind] = content
			}
		}
		to[strconv.Itoa(status)] = r
	}
}

func answerHeaders(o *Operation, a Answer) map[string]any {
	headers := map[string]any{}
	if o.Tagged && a.Status == http.StatusOK {
		headers["ETag"] = reference{"#/components/headers/etag"}
	}
	if slices.ContainsFunc(o.Query, func(p Param) bool { return p.Name == "limit" }) {
		headers["Link"] = reference{"#/components/headers/link"}
	}
	for _, p := range a.Headers {
		headers[p.Name] = header{p.About, p.Schema}
	}
	return headers
}

func (s *schemas) contents(list []Content) (map[string]media, error) {
	if len(list) == 0 {
		return nil, nil
	}
	made := map[string]media{}
	for _, c := range list {
		if c.Of == nil {
			made[c.Type] = media{}
			continue
		}
		schema, err := s.of(c.Of)
		if err != nil {
			return nil, err
		}
		made[c.Type] = media{schema, c.Example}
	}
	return made, nil
}

// problemSchemas describes errors: the type Problem and its codes.
func (s *Spec) problemSchemas(known *schemas) error {
	var codes []*Schema
	for _, c := range s.Codes {
		var code any = c.Code
		codes = append(codes, &Schema{Const: &code, Description: c.About})
	}
	known.named["ProblemCode"] = &Schema{Type: "string", AnyOf: codes,
		Description: "Why a request was not done; stable, for programs. Later versions may add codes: treat one that you do not know by its status."}
	problem, err := known.of(s.Problem)
	if err == nil && problem.Ref != schemasPath+"Problem" {
		err = fmt.Errorf("the type of errors is called %s", problem.Ref)
	}
	return err
}

func security(a Access) []map[string][]string {
	none := []string{}
	switch a {
	case Members:
		return []map[string][]string{{memberToken: none}, {machineToken: none, memberHeader: none}}
	case Machine:
		return []map[string][]string{{machineToken: none}}
	case Local:
		return []map[string][]string{{}, {machineToken: none}}
	case Owner:
		return []map[string][]string{{}, {ownerSigned: none}}
	}
	return []map[string][]string{{}, {memberToken: none}, {machineToken: none, memberHeader: none}}
}

var pathParameter = regexp.MustCompile(`\{([a-z0-9]+)\}`)

func pathParameters(pattern string) (names []string) {
	for _, m := range pathParameter.FindAllStringSubmatch(pattern, -1) {
		names = append(names, m[1])
	}
	return names
}

func encode(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
