package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

func (a *app) policy() *cobra.Command {
	var f policyFlags
	var adopt bool
	c := &cobra.Command{Use: "policy CAMPAIGN", Short: "Print the keys and the quorum that auditors trust",
		Long: `Print the policy of a campaign, a C2SP tlog-policy: the origin with the genesis
hash, the log's key, the witnesses' keys and the quorum. Hand it to auditors and
witnesses by another way than this server, and let them compare the genesis hash
and the fingerprints with the signed pact (campaign export --pact). verify and
witness take everything they trust from this file.

Witnesses come from the regulation (witnesses:). Where it names none, --witness
names them, each, and --adopt makes the server count and keep their cosignatures. The
default quorum for n witnesses of whom f may collude, the lead's counted, is
⌊(n+f)/2⌋+1; below n = 3f+1 there is no safe one, and the policy says so.`,
		Example: `  campaign policy cum2-2017 --server https://ledger.example > cum2.policy
  campaign policy my-campaign --witness cao-bang-w=cao-bang-w.pub \
    --witness son-la-w=ed25519:5f0c… --colluding 0 --adopt`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				p, err := a.serverPolicy(cmd.Context(), c, args[0])
				if err != nil {
					return err
				}
				f.given = cmd.Flags().Changed
				if adopt && len(f.witnesses) == 0 {
					return usageError{errors.New("--adopt takes witnesses: name all of them with --witness NAME=KEY; they replace those that there are")}
				}
				if err := a.change(p, f); err != nil {
					return usageError{err}
				}
				if adopt {
					if _, err := c.AdoptPolicy(cmd.Context(), args[0], p.Marshal()); err != nil {
						return err
					}
				}
				return a.writePolicy(p)
			})
		}}
	c.Flags().StringArrayVar(&f.witnesses, "witness", nil, "a witness: NAME=KEY, a public key (ed25519:…) or the file of a key; name each; they replace those that there are")
	c.Flags().IntVar(&f.colluding, "colluding", 0, "how many witnesses may collude, the lead's counted (default: a third)")
	c.Flags().IntVar(&f.quorum, "quorum", 0, "how many must cosign (default: the safe quorum; 0: none)")
	c.Flags().StringVar(&f.server, "server", "", "the server's address as witnesses reach it, for the policy's file")
	c.Flags().BoolVar(&adopt, "adopt", false, "have the server count and keep these witnesses' cosignatures")
	return c
}

func (a *app) serverPolicy(ctx context.Context, c *client.Client, id string) (*proof.Policy, error) {
	text, err := c.Policy(ctx, id)
	if err != nil {
		return nil, err
	}
	return proof.ParsePolicy(text)
}

// policyFlags say what is changed of the server's policy.
type policyFlags struct {
	witnesses         []string
	colluding, quorum int
	given             func(name string) bool
	server            string
}

// change puts witnesses given as NAME=KEY in place of those that there are, and sets the quorum.
func (a *app) change(p *proof.Policy, f policyFlags) error {
	if p.URL = f.server; len(f.witnesses) > 0 {
		p.Witnesses = nil
	}
	for _, text := range f.witnesses {
		w, err := witnessOf(text)
		if err != nil {
			return fmt.Errorf("--witness %q: %w", text, err)
		}
		p.Witnesses = append(p.Witnesses, w)
	}
	n := len(p.Witnesses)
	colluding := max(0, (n-1)/3)
	if f.given("colluding") {
		colluding = f.colluding
	}
	switch {
	case colluding < 0 || colluding > n:
		return fmt.Errorf("--colluding %d: there are %d witnesses; give 0 to %d", colluding, n, n)
	case f.given("colluding") && n < 3*colluding+1:
		writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say("Không có túc số an toàn khi %d trong %d nhân chứng thông đồng: cần ít nhất %d nhân chứng.",
			"There is no safe quorum where %d of %d witnesses collude: it takes at least %d."), colluding, n, 3*colluding+1), lineWidth)
	}
	switch {
	case f.given("quorum"):
		p.Quorum = f.quorum
	case f.given("colluding") || len(f.witnesses) > 0:
		p.Quorum = events.SafeQuorum(n, colluding)
	}
	if p.Quorum < 0 || p.Quorum > n {
		return fmt.Errorf("a quorum of %d among %d witnesses can't be reached; give 1 to %d, or 0 for none, or name more witnesses", p.Quorum, n, n)
	}
	_, err := proof.ParsePolicy(p.Marshal())
	return err
}

// witnessOf reads NAME=KEY: a public key, or the file of one.
func witnessOf(text string) (proof.Witness, error) {
	name, given, ok := strings.Cut(text, "=")
	if !ok || given == "" {
		return proof.Witness{}, errors.New("write NAME=KEY, with a public key (ed25519:… and 64 hex digits) or the file of one")
	}
	if !events.ValidID(name) {
		return proof.Witness{}, errors.New("a witness's name is a-z, 0-9 and hyphens, at most 63")
	}
	if key, err := events.ParsePublicKey(given); err == nil {
		return proof.Witness{Name: name, Key: key}, nil
	}
	info, err := keys.ReadPublic(given)
	if err != nil {
		return proof.Witness{}, fmt.Errorf("it is neither a public key (ed25519:… and 64 hex digits) nor the file of one: %w", err)
	}
	if info.Purpose != keys.Witness {
		return proof.Witness{}, fmt.Errorf("the key is for %s; make one with campaign key new --purpose witness", info.Purpose)
	}
	return proof.Witness{Name: name, Key: info.Public}, nil
}

// writePolicy prints a policy with what people compare.
func (a *app) writePolicy(p *proof.Policy) error {
	if a.output != "table" {
		return writeJSON(a.out, policyJSON(p))
	}
	var b bytes.Buffer
	sum := sha256.Sum256(p.Marshal())
	fmt.Fprintf(&b, "# %s %s\n", a.say("Chính sách kiểm chứng của chiến dịch", "Policy to verify campaign"), p.Campaign())
	fmt.Fprintf(&b, "# %s\n#   %s\n", a.say("Mã băm gốc, đối chiếu với giao ước đã ký, nếu có:", "Genesis hash, to be compared with the signed pact, where there is one:"), p.Genesis())
	fmt.Fprintf(&b, "# %s\n#   %s\n", a.say("Dấu vân tay khóa của sổ:", "Fingerprint of the log's key:"), p.Log.Fingerprint())
	for _, w := range p.Witnesses {
		fmt.Fprintf(&b, "# %s %s:\n#   %s\n", a.say("Nhân chứng", "Witness"), w.Name, w.Key.Fingerprint())
	}
	for _, line := range strings.Split(a.quorumText(p), "\n") {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	b.Write(p.Marshal())
	fmt.Fprintf(&b, "# %s: %s\n", a.say("SHA-256 của các dòng không phải chú thích", "SHA-256 of the lines that are no comments"), hex.EncodeToString(sum[:]))
	_, err := a.verbatim().Write(b.Bytes())
	return err
}

// quorumText says what the quorum is worth.
func (a *app) quorumText(p *proof.Policy) string {
	const least = 4 // witnesses, so that one may collude
	n, q := len(p.Witnesses), p.Quorum
	f := (n - 1) / 3
	switch {
	case n == 0:
		return a.say("Không có nhân chứng: không ai ngoài máy chủ theo dõi sổ.", "No witnesses: nobody outside the server watches the log.")
	case q == 0:
		return a.say("Không yêu cầu nhân chứng nào.", "No witness is required.")
	case p.Safe() && n >= least:
		return fmt.Sprintf(a.say("Túc số %d trên %d: chịu được %d nhân chứng thông đồng, kể cả của cụm trưởng.", "A quorum of %d of %d: it withstands %d that collude, the lead's counted."), q, n, f)
	case n < least:
		return fmt.Sprintf(a.say("Túc số %d trên %d. Không có túc số an toàn: cần ít nhất %d nhân chứng để chịu được một nhân chứng thông đồng.", "A quorum of %d of %d. There is no safe quorum: it takes at least %d witnesses to withstand one that colludes."), q, n, least)
	case 2*q-n <= f:
		return fmt.Sprintf(a.say("Túc số %d trên %d KHÔNG an toàn: hai túc số có thể chỉ chung những nhân chứng thông đồng.", "A quorum of %d of %d is NOT safe: two quorums may share nobody but those that collude."), q, n)
	}
	return fmt.Sprintf(a.say("Túc số %d trên %d KHÔNG an toàn: %d nhân chứng im lặng là không đủ túc số.", "A quorum of %d of %d is NOT safe: %d that stay silent keep it from being reached."), q, n, f)
}

type policyView struct {
	Campaign  string            `json:"campaign"`
	Genesis   string            `json:"genesis"`
	Log       string            `json:"log"`
	Witnesses map[string]string `json:"witnesses"`
	Quorum    int               `json:"quorum"`
	Colluding int               `json:"colluding"` // -1: two quorums may share no witness, or none is required
	Policy    string            `json:"policy"`
}

func policyJSON(p *proof.Policy) policyView {
	v := policyView{Campaign: p.Campaign(), Genesis: p.Genesis(), Log: p.Log.String(), Witnesses: map[string]string{}, Quorum: p.Quorum, Colluding: p.Colluding(), Policy: string(p.Marshal())}
	for _, w := range p.Witnesses {
		v.Witnesses[w.Name] = w.Key.String()
	}
	return v
}
