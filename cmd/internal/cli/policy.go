package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

func (a *app) policy() *cobra.Command {
	var witnesses []string
	var colluding, quorum int
	var adopt bool
	c := &cobra.Command{Use: "policy CAMPAIGN", Short: "Print the keys and the quorum that auditors trust",
		Long: `Print the policy of a campaign, a C2SP tlog-policy: the origin with the genesis
hash, the log's key, the witnesses' keys and the quorum. Hand it to auditors and
witnesses by another way than this server, and let them compare the genesis hash
and the fingerprints with the signed pact (campaign export --pact). verify and
witness take everything they trust from this file.

Witnesses come from the regulation (witnesses:). Where it names none, --witness
adds them, and --adopt makes the server count and keep their cosignatures. The
default quorum for n witnesses of whom f may collude, the lead's counted, is
⌊(n+f)/2⌋+1; below n = 3f+1 there is no safe one, and the policy says so.`,
		Example: `  campaign policy cum2-2017 > cum2.policy
  campaign policy my-campaign --witness cao-bang-w=cao-bang-w.pub \
    --witness son-la-w=ed25519:5f0c… --colluding 0 --adopt`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				p, err := a.serverPolicy(cmd.Context(), c, args[0])
				if err != nil {
					return err
				}
				f := (len(p.Witnesses) + len(witnesses) - 1) / 3
				if cmd.Flags().Changed("colluding") {
					f = colluding
				}
				if err := addWitnesses(p, witnesses, f, quorum); err != nil {
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
	c.Flags().StringArrayVar(&witnesses, "witness", nil, "add a witness: NAME=KEY, a public key (ed25519:…) or the file of a key; may be repeated")
	c.Flags().IntVar(&colluding, "colluding", 0, "how many witnesses may collude, the lead's counted (default: a third)")
	c.Flags().IntVar(&quorum, "quorum", 0, "how many must cosign (default: the safe quorum)")
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

// addWitnesses adds witnesses given as NAME=KEY, and sets the quorum.
func addWitnesses(p *proof.Policy, list []string, colluding, quorum int) error {
	for _, text := range list {
		name, given, _ := strings.Cut(text, "=")
		key, err := events.ParsePublicKey(given)
		if err != nil {
			info, fileErr := keys.ReadPublic(given)
			if fileErr != nil {
				return fmt.Errorf("--witness %q: write NAME=KEY, with a public key (ed25519:… and 64 hex digits) or the file of one: %w", text, fileErr)
			}
			if info.Purpose != keys.Witness {
				return fmt.Errorf("--witness %q: the key is for %s; make one with campaign key new --purpose witness", text, info.Purpose)
			}
			key = info.Public
		}
		p.Witnesses = append(p.Witnesses, proof.Witness{Name: name, Key: key})
	}
	n := len(p.Witnesses)
	if len(list) == 0 && quorum == 0 {
		return nil
	}
	if p.Quorum = quorum; quorum == 0 {
		p.Quorum = events.SafeQuorum(n, colluding)
	}
	if p.Quorum < 1 || p.Quorum > n {
		return fmt.Errorf("there is no quorum of %d among %d witnesses: %d may collude only where there are at least %d", p.Quorum, n, colluding, 3*colluding+1)
	}
	_, err := proof.ParsePolicy(p.Marshal())
	return err
}

// writePolicy prints a policy with what people compare.
func (a *app) writePolicy(p *proof.Policy) error {
	if a.output != "table" {
		return writeJSON(a.out, policyJSON(p))
	}
	var b bytes.Buffer
	sum := sha256.Sum256(p.Marshal())
	fmt.Fprintf(&b, "# %s %s\n", a.say("Chính sách kiểm chứng của chiến dịch", "Policy to verify campaign"), p.Campaign())
	fmt.Fprintf(&b, "# %s\n#   %s\n", a.say("Mã băm gốc, đối chiếu với giao ước đã ký:", "Genesis hash, to be compared with the signed pact:"), p.Genesis())
	fmt.Fprintf(&b, "# %s\n#   %s\n", a.say("Vân tay khóa của sổ:", "Fingerprint of the log's key:"), p.Log.Fingerprint())
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
	n, f := len(p.Witnesses), p.Colluding()
	switch {
	case n == 0:
		return a.say("Không có nhân chứng: không ai ngoài máy chủ theo dõi sổ.", "No witnesses: nobody outside the server watches the log.")
	case p.Quorum == 0:
		return a.say("Không yêu cầu nhân chứng nào.", "No witness is required.")
	case f < 0:
		return fmt.Sprintf(a.say("Túc số %d trên %d KHÔNG an toàn: hai túc số có thể không chung nhân chứng nào.", "A quorum of %d of %d is NOT safe: two quorums may share no witness."), p.Quorum, n)
	case n < 3*f+1 || f == 0:
		return fmt.Sprintf(a.say("Túc số %d trên %d: chịu được %d nhân chứng thông đồng.", "A quorum of %d of %d: it withstands %d that collude."), p.Quorum, n, f) + "\n" + a.noSafeQuorum(n, f)
	}
	return fmt.Sprintf(a.say("Túc số %d trên %d: chịu được %d nhân chứng thông đồng, kể cả của cụm trưởng.", "A quorum of %d of %d: it withstands %d that collude, the lead's counted."), p.Quorum, n, f)
}

// noSafeQuorum says why a quorum is not safe although two of them share an honest witness.
func (a *app) noSafeQuorum(n, f int) string {
	if f == 0 {
		return a.say("Không có túc số an toàn: chỉ một nhân chứng thông đồng với máy chủ là đủ.", "There is no safe quorum: one witness that colludes with the server is enough.")
	}
	return fmt.Sprintf(a.say("Không có túc số an toàn: %d nhân chứng im lặng là không đủ túc số; cần ít nhất %d nhân chứng.", "There is no safe quorum: %d that stay silent keep it from being reached; it takes at least %d witnesses."), f, 3*f+1)
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
