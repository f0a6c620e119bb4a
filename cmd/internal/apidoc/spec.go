package apidoc

import "slices"

// Spec is what a server offers.
type Spec struct {
	Title, Version, About string
	License               License
	Tags                  []Tag
	Operations            []Operation
	Path                  map[string]Param // parameters in paths, by name
	Lang                  Param            // which every operation takes but those without
	Codes                 []Code
	Problem               any    // the Go type of every error
	MemberHeader          string // carries a member's token beside the machine's
	OwnerHeader           string // carries the owner's signature
	Types                 Types
	Async                 Async
}

// License is what the program is given out under.
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"` // of SPDX
}

// Tag groups operations.
type Tag struct {
	Name  string `json:"name"`
	About string `json:"description"`
}

// Code is a stable code of errors.
type Code struct {
	Code     string
	Statuses []int
	Refusal  bool // why an event is refused: a body of events may be for any of these
	About    string
}

// Access says who may call an operation.
type Access int

// Who may call.
const (
	Anyone  Access = iota // and a member may see more
	Members               // a member, with the token of its login
	Machine               // the server's own machine, with the token in DIR/server.json
	Local                 // whoever is on the server's own machine, or has that token
	Owner                 // the server's own machine, or with the owner's signature
)

// Operation is a route with its method.
type Operation struct {
	Pattern  string // as http.ServeMux has it: "GET /a/{b}"
	ID       string
	Tag      string
	Summary  string
	About    string
	Query    []Param
	Headers  []Param // of the request
	Body     *Body
	Answers  []Answer
	Problems []string // codes, but for those that every operation may answer
	Access   Access
	Plain    bool // takes no parameters, not even lang, and answers whoever asks
	Tagged   bool // has an ETag
}

// Param is a parameter of a path, a query or a header.
type Param struct {
	Name     string
	About    string
	Schema   *Schema
	Required bool
	Example  any
}

// Body is what a request carries.
type Body struct {
	About    string
	Contents []Content
	Optional bool
}

// Answer is what comes back if nothing is wrong.
type Answer struct {
	Status   int
	About    string
	Contents []Content
	Headers  []Param
}

// Content is one form of a body.
type Content struct {
	Type    string // media type; of application/x-ndjson the schema is that of each line, of text/event-stream that of each data field
	Of      any    // a value of a Go type, or a *Schema; nil for bytes
	Example any
}

// problems are the codes that an operation may answer, by status.
func (s *Spec) problems(o *Operation, common []string) map[int][]string {
	found := map[int][]string{}
	for _, c := range s.Codes {
		named := slices.Contains(o.Problems, c.Code) || slices.Contains(common, c.Code) || c.Refusal && slices.Contains(o.Problems, Refusals)
		if !named {
			continue
		}
		for _, status := range c.Statuses {
			found[status] = append(found[status], c.Code)
		}
	}
	return found
}

// Refusals in Operation.Problems stands for every code of a refused event.
const Refusals = "refusals"
