package papers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// campaign is a Source with what every document asks it for.
type campaign struct {
	Source
	lang      string
	reg       *events.Regulation
	standings projections.Standings
	awards    *projections.Awards
	members   map[string]projections.Member
	titles    map[string]string // of units, by id
	pasts     map[string]*past  // by cluster
}

// open checks the source and asks it once for what the documents show.
func open(s Source, o Options) (*campaign, error) {
	switch {
	case o.Lang != "vi" && o.Lang != "en":
		return nil, &OptionError{"lang", fmt.Sprintf(`the language is %q; take "vi" or "en"`, o.Lang)}
	case s.Live == nil:
		return nil, fmt.Errorf("the source has no campaign")
	case len(s.Root) != 2*sha256.Size || strings.Trim(s.Root, "0123456789abcdef") != "":
		return nil, fmt.Errorf("the log's hash %q is not a SHA-256 in lower-case hex", s.Root)
	case len(o.Tellers) > MaxTellers:
		return nil, &OptionError{"tellers", fmt.Sprintf("%d tellers; a tally is signed by at most %d", len(o.Tellers), MaxTellers)}
	case len(o.Recipients) > MaxRecipients:
		return nil, &OptionError{"recipients", fmt.Sprintf("%d recipients; a document names at most %d", len(o.Recipients), MaxRecipients)}
	}
	c := &campaign{Source: s, lang: o.Lang, standings: s.Live.Standings(), members: map[string]projections.Member{}, titles: map[string]string{}, pasts: map[string]*past{}}
	if c.reg = c.standings.Regulation; c.reg == nil {
		return nil, fmt.Errorf("the campaign is not open at event %d", s.Seq)
	}
	if c.standings.Seq != s.Seq {
		return nil, fmt.Errorf("the document is of event %d, and the campaign is folded up to event %d", s.Seq, c.standings.Seq)
	}
	if c.awards = s.Live.Awards(o.Lang); c.awards.Seq != s.Seq {
		return nil, fmt.Errorf("the document is of event %d, and the awards are those of event %d", s.Seq, c.awards.Seq)
	}
	for _, m := range s.Live.Roster() {
		c.members[m.ID] = m
	}
	for _, cl := range c.reg.Clusters {
		for _, u := range cl.Units {
			c.titles[u.ID] = or(u.Title.In(o.Lang), u.ID)
		}
	}
	return c, nil
}

// say is the text in the document's language.
func (c *campaign) say(vi, en string) string {
	if c.lang == "vi" {
		return vi
	}
	return en
}

// unit is a unit's title, or else its id.
func (c *campaign) unit(id string) string { return or(c.titles[id], id) }

// award is an award's title, or else its id.
func (c *campaign) award(id string) string {
	for _, a := range c.reg.Awards {
		if a.ID == id {
			return or(a.Title.In(c.lang), id)
		}
	}
	return id
}

// member is a member's name, or else its id.
func (c *campaign) member(id string) string { return or(c.members[id].Name, id) }

// scorer is who gave a mark: a unit or a member.
func (c *campaign) scorer(id string) string {
	if title, ok := c.titles[id]; ok {
		return title
	}
	return c.member(id)
}

// number is an exact decimal as the language writes it.
func (c *campaign) number(s string) string {
	if c.lang == "vi" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// day is a date YYYY-MM-DD as the language writes it; what is none stays as it is.
func (c *campaign) day(s string) string {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return d.Format(c.say("02/01/2006", "2 January 2006"))
}

// zone is the campaign's.
func (c *campaign) zone() *time.Location {
	if c.reg.Period.Zone != nil {
		return c.reg.Period.Zone
	}
	return time.UTC
}

// dateText is the document's date in words.
func (c *campaign) dateText() string { return c.inWords(c.standings.AsOf.In(c.zone())) }

// inWords is a date in words: days below ten and the first two months have a leading zero, so that nothing is put before them.
func (c *campaign) inWords(d time.Time) string {
	if c.lang != "vi" {
		return d.Format("2 January 2006")
	}
	month := fmt.Sprint(int(d.Month()))
	if d.Month() <= time.February {
		month = "0" + month
	}
	return fmt.Sprintf("ngày %02d tháng %s năm %d", d.Day(), month, d.Year())
}

// labels are what every document and every footer says of the campaign's worth: that it is unsigned, and the regulation's notice.
func (c *campaign) labels() []string {
	var labels []string
	if !c.reg.Signed() {
		labels = append(labels, c.say("Chiến dịch chưa ký số: chưa chứng thực được ai nói gì", "Unsigned campaign: nobody's word is proved"))
	}
	if notice := page.Clean(c.reg.Notice.In(c.lang)); notice != "" {
		labels = append(labels, notice)
	}
	return labels
}

// regulationHash is the SHA-256 of the regulation in force.
func (c *campaign) regulationHash() string {
	sum := sha256.Sum256(c.reg.Canonical())
	return hex.EncodeToString(sum[:])
}

// cluster finds the cluster that a document is about.
func (c *campaign) cluster(id string) (*events.Cluster, *projections.ClusterStandings, error) {
	if id == "" && len(c.reg.Clusters) == 1 {
		id = c.reg.Clusters[0].ID
	}
	i := slices.IndexFunc(c.reg.Clusters, func(cl events.Cluster) bool { return cl.ID == id })
	if i < 0 {
		ids := make([]string, 0, len(c.reg.Clusters))
		for _, cl := range c.reg.Clusters {
			ids = append(ids, cl.ID)
		}
		return nil, nil, &OptionError{"cluster", fmt.Sprintf("there is no cluster %q; use one of: %s", id, strings.Join(ids, ", "))}
	}
	return &c.reg.Clusters[i], c.standings.Clusters[i], nil
}

// paper is one document as it grows.
type paper struct {
	*page.Layout
	*campaign
	options  Options
	group    *events.Cluster
	table    *projections.ClusterStandings
	name     string // of the document, for the file's title
	sections int    // so far
}

func (c *campaign) paper(o Options, fonts page.Fonts) (*paper, error) {
	p := &paper{campaign: c, options: o, Layout: page.NewLayout(upright(), fonts)}
	var err error
	if p.group, p.table, err = c.cluster(o.Cluster); err != nil {
		return nil, err
	}
	return p, nil
}

// clusterTitle is the cluster's title, or else its id.
func (p *paper) clusterTitle() string { return or(page.Clean(p.group.Title.In(p.lang)), p.group.ID) }

// chair is who signs for the cluster.
func (p *paper) chair() string {
	if p.options.Chair != "" {
		return p.options.Chair
	}
	for _, m := range p.Live.Roster() {
		if m.Role == events.RoleHead && m.Unit == p.group.Lead && m.Until == 0 {
			return m.Name
		}
	}
	return ""
}

// states are the cluster's awards.
func (p *paper) states() []projections.AwardState {
	var states []projections.AwardState
	for _, a := range p.awards.Awards {
		if a.Cluster == p.group.ID {
			states = append(states, a)
		}
	}
	return states
}

// records are what is said of the cluster's units.
func (p *paper) records() []projections.UnitRecord {
	var records []projections.UnitRecord
	for _, u := range p.awards.Units {
		if u.Cluster == p.group.ID {
			records = append(records, u)
		}
	}
	return records
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
