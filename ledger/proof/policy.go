package proof

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
)

// MaxWitnesses bounds the witnesses of a policy.
const MaxWitnesses = 64

// Policy is what somebody trusts who checks a log: he got it by another way than the log. Its file is a C2SP tlog-policy with one log and one
// group of witnesses:
//
//	# comments, which mean nothing
//	log <verifier key of the log, its name the origin> [URL of the server]
//	witness <name> <verifier key> [URL]
//	group witnesses <quorum> <name>...
//	quorum witnesses            or none, without a group
type Policy struct {
	Origin    string
	Log       events.PublicKey
	URL       string // of the server; may be ""
	Witnesses []Witness
	Quorum    int // how many of them must have cosigned; 0: none required
}

// Witness is one who cosigns.
type Witness struct {
	Name string
	Key  events.PublicKey
	URL  string // may be ""
}

// groupName is what a policy that is written calls its witnesses.
const groupName = "witnesses"

// Colluding is how many witnesses may work together against the others, the lead's counted, so that two quorums still share an honest one:
// 2·quorum - n - 1. -1 where not even that holds without any.
func (p *Policy) Colluding() int { return max(-1, 2*p.Quorum-len(p.Witnesses)-1) }

// Safe reports whether the quorum withstands f = ⌊(n-1)/3⌋ of n witnesses, the lead's counted, that collude: two quorums share more than f, so that
// an honest one is among them, and a quorum can be reached though f stay silent. With fewer than four f is 0.
func (p *Policy) Safe() bool {
	n, q := len(p.Witnesses), p.Quorum
	f := (n - 1) / 3
	return q > 0 && 2*q-n > f && q <= n-f
}

// Campaign is the campaign's id.
func (p *Policy) Campaign() string {
	campaign, _, _ := ParseOrigin(p.Origin)
	return campaign
}

// Genesis is the SHA-256 of record 1 in hex.
func (p *Policy) Genesis() string {
	_, genesis, _ := ParseOrigin(p.Origin)
	return genesis
}

// Marshal writes the policy's file, comments apart.
func (p *Policy) Marshal() []byte {
	var b bytes.Buffer
	line := func(address string, words ...string) {
		b.WriteString(strings.Join(words, " "))
		if address != "" {
			b.WriteString(" " + address)
		}
		b.WriteByte('\n')
	}
	line(p.URL, "log", LogKey(p.Origin, p.Log))
	names := make([]string, 0, len(p.Witnesses))
	for _, w := range p.Witnesses {
		line(w.URL, "witness", w.Name, WitnessKey(w.Name, w.Key))
		names = append(names, w.Name)
	}
	if p.Quorum == 0 {
		line("", "quorum", "none")
		return b.Bytes()
	}
	line("", append([]string{"group", groupName, strconv.Itoa(p.Quorum)}, names...)...)
	line("", "quorum", groupName)
	return b.Bytes()
}

const (
	// MaxPolicyBytes bounds a policy's file.
	MaxPolicyBytes = 64 << 10
	// maxURLBytes bounds a URL of it, so that what was read can be written within the bound.
	maxURLBytes = 512
)

// reserved words name no witness and no group: other C2SP programs refuse the policy.
var reserved = []string{"log", "witness", "group", "quorum", "any", "all", "none"}

// checkURL refuses what is no URL; none is one too.
func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Host == "" || len(s) > maxURLBytes {
		return fmt.Errorf("%.200q is not a URL, such as https://example.org, of at most %d bytes", s, maxURLBytes)
	}
	return nil
}

// ParsePolicy reads a policy's file. An error names the line.
func ParsePolicy(data []byte) (*Policy, error) {
	if len(data) > MaxPolicyBytes {
		return nil, fmt.Errorf("the policy has more than %d bytes", MaxPolicyBytes)
	}
	p := &policyReader{}
	for i, text := range strings.Split(string(data), "\n") {
		text, _, _ = strings.Cut(text, "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("line %d of the policy: %w", i+1, err)
		}
	}
	switch {
	case p.Origin == "":
		return nil, fmt.Errorf("the policy has no line \"log <key>\"; campaign policy prints a whole one")
	case !p.closed:
		return nil, fmt.Errorf("the policy has no line \"quorum ...\"; write \"quorum none\" if no witness is required")
	}
	return &p.Policy, nil
}

type policyReader struct {
	Policy
	group  string
	size   int // the group's threshold
	closed bool
}

// line reads one line of a policy.
func (p *policyReader) line(words []string) error {
	if p.closed {
		return fmt.Errorf("nothing may follow the quorum")
	}
	switch {
	case words[0] == "witness" && p.group != "":
		return fmt.Errorf("a witness comes before the group, which names all of them")
	case words[0] == "log" && (len(words) == 2 || len(words) == 3):
		return p.log(words[1], strings.Join(words[2:], ""))
	case words[0] == "witness" && (len(words) == 3 || len(words) == 4):
		return p.witness(words[1], words[2], strings.Join(words[3:], ""))
	case words[0] == "group" && len(words) > 3:
		return p.members(words[1], words[2], words[3:])
	case words[0] == "quorum" && len(words) == 2:
		p.closed = true
		if words[1] == "none" {
			return nil
		}
		if words[1] != p.group {
			return fmt.Errorf("there is no group %.100q", words[1])
		}
		p.Quorum = p.size
		return nil
	}
	return fmt.Errorf("%.200q is none of: log KEY [URL], witness NAME KEY [URL], group NAME K WITNESS..., quorum GROUP or none", strings.Join(words, " "))
}

func (p *policyReader) log(key, address string) error {
	if p.Origin != "" {
		return fmt.Errorf("there is one log already")
	}
	origin, public, err := parseVerifierKey(key, algEd25519)
	if err == nil {
		_, _, err = ParseOrigin(origin)
	}
	if err == nil {
		err = checkURL(address)
	}
	p.Origin, p.Log, p.URL = origin, public, address
	return err
}

func (p *policyReader) witness(name, key, address string) error {
	named, public, err := parseVerifierKey(key, algCosignature)
	switch {
	case err != nil:
		return err
	case named != name || !events.ValidID(name):
		return fmt.Errorf("the witness %.100q has a key of the name %.100q; both are the same id", name, named)
	case slices.Contains(reserved, name) || name == groupName:
		return fmt.Errorf("a witness can't be called %q: it is a word of policies", name)
	case len(p.Witnesses) == MaxWitnesses:
		return fmt.Errorf("there are more than %d witnesses", MaxWitnesses)
	}
	for _, w := range p.Witnesses {
		if w.Name == name || w.Key == public {
			return fmt.Errorf("the witness %s has the name or the key of another one", name)
		}
	}
	p.Witnesses = append(p.Witnesses, Witness{name, public, address})
	return checkURL(address)
}

func (p *policyReader) members(name, threshold string, names []string) error {
	n, err := strconv.ParseUint(threshold, 10, 8)
	k := int(n)
	switch threshold {
	case "any":
		k, err = 1, nil
	case "all":
		k, err = len(names), nil
	}
	switch {
	case slices.Contains(reserved, name) || slices.ContainsFunc(p.Witnesses, func(w Witness) bool { return w.Name == name }):
		return fmt.Errorf("a group can't be called %.100q: it is a word of policies, or a witness", name)
	case p.group != "":
		return fmt.Errorf("there is one group already; more are not supported")
	case err != nil || k < 1 || k > len(names):
		return fmt.Errorf("the threshold %.40q is none from 1 to %d", threshold, len(names))
	case len(names) != len(p.Witnesses):
		return fmt.Errorf("the group names %d of %d witnesses; name each once", len(names), len(p.Witnesses))
	}
	for _, w := range p.Witnesses {
		if !slices.Contains(names, w.Name) {
			return fmt.Errorf("the group does not name the witness %s", w.Name)
		}
	}
	p.group, p.size = name, k
	return nil
}

// verifiers check the signatures that a checkpoint may have.
func (p *Policy) verifiers() note.Verifiers { return verifiers{p} }

// verifiers finds keys in a policy; see note.Verifiers.
type verifiers struct{ p *Policy }

// Verifier is the verifier with a name and hash.
func (v verifiers) Verifier(name string, hash uint32) (note.Verifier, error) {
	found, err := v.find(name)
	if err != nil || found == nil || found.KeyHash() != hash {
		return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
	}
	return found, nil
}

func (v verifiers) find(name string) (note.Verifier, error) {
	if name == v.p.Origin {
		return logVerifier(name, v.p.Log)
	}
	for _, w := range v.p.Witnesses {
		if w.Name == name {
			return witnessVerifier(name, w.Key)
		}
	}
	return nil, nil
}

// order is each witness's place.
func (p *Policy) order() map[string]int {
	order := make(map[string]int, len(p.Witnesses))
	for i, w := range p.Witnesses {
		order[w.Name] = i
	}
	return order
}

// Witnessed reports whether a quorum stands behind the checkpoint; it does where none is required.
func (p *Policy) Witnessed(c *Checkpoint) bool { return len(c.Cosignatures) >= p.Quorum }
