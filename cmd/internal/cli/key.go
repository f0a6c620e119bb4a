package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
)

// errNoKey: a command must sign and was given nothing to sign with.
var errNoKey = errors.New("there is no key to sign with")

// keyEnv names the member's key file where --key does not. There is none for a passphrase: child processes, crash reports and logs
// of builds show the environment; a file can be closed to others and can be a pipe.
const keyEnv = "CAMPAIGN_KEY"

func (a *app) key() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "Make a key file, show its public half, prove that you have it",
		Long: `Keys sign: a member's what the member says, a server owner's the opening of
campaigns, a witness's and a log's the heads of the log. A key is a file that
only you may read; it is never printed and never overwritten.

A passphrase is asked for on the terminal, or read from the one line of the file
that --passphrase-file names (chmod 600, or a pipe). It is not taken from the
environment, which other programs can see.`,
		Example: `  campaign key new lan.key --name "Nông Thị Lan" --passphrase
  campaign key show lan.key
  campaign key proof lan.key cum2-2017 ls-lan --genesis 5f0c…`,
		Args: cobra.ArbitraryArgs, // so that an unknown subcommand is told by name
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args)
			}
			return c.Help()
		}}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(a.keyNew(), a.keyShow(), a.keyProof())
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

func (a *app) keyNew() *cobra.Command {
	var name, purpose string
	var sealed bool
	c := &cobra.Command{Use: "new FILE", Short: "Make a key file",
		Long: `Make a key file that only you may read, and print its public half. FILE must not
be there yet. With --passphrase whoever finds the file also needs the
passphrase, which nobody can replace.

A key serves one purpose: member (signs what a member says), owner (opens
campaigns on a server), witness and log (sign heads of the log).`,
		Example: `  campaign key new lan.key --name "Nông Thị Lan" --passphrase
  campaign key new owner.key --purpose owner
  campaign key new lan.key --passphrase-file phrase.txt -o json`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := keys.ParsePurpose(purpose)
			if err != nil {
				return usageError{fmt.Errorf("--purpose: %w", err)}
			}
			k, err := keys.New(p, name, rand.Reader)
			if err != nil {
				return usageError{err} // the system's randomness does not fail, so the name did
			}
			return a.makeKey(cmd.Context(), args[0], k, sealed || a.passphraseFile != "")
		}}
	c.Flags().StringVar(&name, "name", "", "a label for people, for example whose key it is")
	c.Flags().StringVar(&purpose, "purpose", string(keys.Member), "what the key is for: member, owner, witness, log or server")
	c.Flags().BoolVar(&sealed, "passphrase", false, "seal the file with a passphrase")
	return c
}

func (a *app) makeKey(ctx context.Context, path string, k *keys.Key, sealed bool) error {
	var passphrase []byte
	if sealed {
		if _, err := os.Lstat(path); err == nil { // before the user types in vain; Write makes sure
			return fmt.Errorf("%s is there, and a key is never overwritten; choose another name", path)
		}
		var err error
		if passphrase, err = a.newPassphrase(ctx); err != nil {
			return err
		}
		defer clear(passphrase)
	}
	if err := keys.Write(path, k, passphrase); err != nil {
		return err
	}
	info, err := keys.ReadPublic(path)
	if err != nil {
		return err
	}
	if err := a.writeKey(path, info); err != nil {
		return err
	}
	a.keyAdvice(path, info)
	return nil
}

func (a *app) keyShow() *cobra.Command {
	return &cobra.Command{Use: "show FILE", Short: "Show the public half of a key file",
		Long: `Show what a key file is for, its public key and its fingerprint. It needs no
passphrase.`,
		Example: "  campaign key show lan.key\n  campaign key show lan.key -o json", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			info, err := keys.ReadPublic(args[0])
			if err != nil {
				return err
			}
			return a.writeKey(args[0], info)
		}}
}

func (a *app) keyProof() *cobra.Command {
	var genesis string
	c := &cobra.Command{Use: "proof FILE CAMPAIGN MEMBER", Short: "Prove that you have a key, so that it can be appointed",
		Long: `Print the proof of possession that a head needs to appoint your key, or to put
it in the place of your last. It holds for this member of this campaign only,
which its genesis hash names: the SHA-256 of its first record. Take the hash
from the signed pact, not from who asks for the proof.`,
		Example: `  campaign key proof lan.key cum2-2017 ls-lan --genesis 5f0c…
  campaign log cum2-2017 | head -n 1 | tr -d '\n' | sha256sum`, Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			for i, what := range []string{"CAMPAIGN", "MEMBER"} {
				if !events.ValidID(args[1+i]) {
					return usageError{fmt.Errorf("%s %.80q is not an id: use a-z, 0-9 and hyphens, not a hyphen first", what, args[1+i])}
				}
			}
			if err := checkGenesis(genesis); err != nil {
				return usageError{err}
			}
			k, err := a.readKey(cmd.Context(), args[0], keys.Member)
			if err != nil {
				return err
			}
			return a.writeProof(args[1], args[2], genesis, k)
		}}
	c.Flags().StringVar(&genesis, "genesis", "", "the campaign's genesis hash, 64 hex digits (required)")
	return c
}

func checkGenesis(s string) error {
	const digits = "0123456789abcdef"
	switch {
	case s == "":
		return errors.New("--genesis is missing: the SHA-256 of the campaign's first record, as the signed pact has it")
	case len(s) != len(events.NoGenesis) || strings.Trim(s, digits) != "":
		return fmt.Errorf("--genesis %.80q: give 64 lower-case hex digits", s)
	case s == events.NoGenesis:
		return errors.New("--genesis: no campaign has 64 zeros; take the hash from the signed pact")
	}
	return nil
}

// keyJSON is a key file's public half.
type keyJSON struct {
	File        string       `json:"file"`
	Purpose     keys.Purpose `json:"purpose"`
	Name        string       `json:"name"`
	Public      string       `json:"public"`
	Fingerprint string       `json:"fingerprint"`
	Sealed      bool         `json:"sealed"`
}

func (a *app) writeKey(path string, info keys.Info) error {
	k := keyJSON{path, info.Purpose, info.Name, info.Public.String(), info.Public.Fingerprint(), info.Sealed}
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, k)
	case "csv":
		return writeCSV(a.out, []string{"file", "purpose", "name", "public", "fingerprint", "sealed"},
			[][]string{{k.File, string(k.Purpose), k.Name, k.Public, k.Fingerprint, fmt.Sprint(k.Sealed)}})
	}
	seal := a.say("không", "no")
	if k.Sealed {
		seal = a.say("có", "yes")
	}
	for _, row := range [][2]string{{a.say("Tệp", "File"), k.File}, {a.say("Mục đích", "Purpose"), string(k.Purpose)}, {a.say("Tên", "Name"), k.Name},
		{a.say("Mật khẩu", "Passphrase"), seal}} {
		fmt.Fprintf(a.out, "%-12s%s\n", row[0], row[1])
	}
	_, err := fmt.Fprintf(a.out, "%s\n  %s\n%s\n  %s\n", a.say("Khóa công khai", "Public key"), k.Public, a.say("Vân tay", "Fingerprint"), k.Fingerprint)
	return err
}

func (a *app) writeProof(campaign, member, genesis string, k *keys.Key) error {
	proof := events.ProvePossession(k.Private(), genesis, member)
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, struct {
			Campaign string `json:"campaign"`
			Member   string `json:"member"`
			Genesis  string `json:"genesis"`
			Public   string `json:"public"`
			Proof    string `json:"proof"`
		}{campaign, member, genesis, k.Public.String(), proof})
	case "csv":
		return writeCSV(a.out, []string{"campaign", "member", "genesis", "public", "proof"}, [][]string{{campaign, member, genesis, k.Public.String(), proof}})
	}
	fmt.Fprintln(a.out, proof)
	fmt.Fprintf(a.err, a.say("Gửi bằng chứng này cùng khóa công khai cho trưởng đơn vị:\n  %s\n", "Give this proof to the head of your unit, with the public key:\n  %s\n"), k.Public)
	return nil
}

// keyAdvice says what to do with a new key.
func (a *app) keyAdvice(path string, info keys.Info) {
	lines := []string{fmt.Sprintf(a.say("Giữ kín %s và một bản sao ở nơi an toàn: ai có nó thì ký được như bạn.", "Keep %s safe, and a copy elsewhere: who has it signs as you."), path)}
	if !info.Sealed {
		lines = append(lines, a.say("Tệp không có mật khẩu; --passphrase tạo tệp có mật khẩu.", "No passphrase seals it; --passphrase makes one that is sealed."))
	}
	switch info.Purpose {
	case keys.Member:
		lines = append(lines,
			a.say("Gửi khóa công khai cho trưởng đơn vị (thành viên sáng lập: ghi vào quy chế), cùng bằng chứng:",
				"Give the public key to the head of your unit (a founding member's: into the\nregulation), with a proof that you have it:"),
			"  campaign key proof "+path+" CAMPAIGN MEMBER --genesis HEX",
			a.say("Ký bằng: --key "+path+", hoặc $"+keyEnv, "Sign with: --key "+path+", or $"+keyEnv))
		if usual, err := usualKeyFile(); err == nil {
			lines[len(lines)-1] += a.say(", hoặc đặt tệp ở ", ", or keep the file as ") + usual
		}
	case keys.Owner:
		lines = append(lines, a.say("Gửi khóa công khai cho người chạy máy chủ: chủ máy chủ mở chiến dịch trên đó.",
			"Give the public key to who runs the server: its owner opens campaigns there."))
	case keys.Witness, keys.Log:
		lines = append(lines, a.say("Gửi khóa công khai cho các đơn vị và người kiểm tra, để ghi vào tệp chính sách của họ.",
			"Give the public key to the units and auditors, for their policy files."))
	}
	lines = append(lines, a.say("Người nhận so vân tay qua một đường khác: điện thoại, giấy.", "Who gets it compares the fingerprint by another way: by telephone, on paper."))
	for _, line := range lines {
		fmt.Fprintln(a.err, line)
	}
}

// usualKeyFile is where a member's key is looked for last, whether it is there or not.
func usualKeyFile() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "campaign-ledger", "key"), err
}

// memberKey is the key to sign with: of --key, else of $CAMPAIGN_KEY, else the user's usual one; errNoKey if there is none. It asks
// for a passphrase where the file needs one.
func (a *app) memberKey(ctx context.Context) (*keys.Key, error) {
	if path := firstOf(a.keyFile, os.Getenv(keyEnv)); path != "" {
		return a.readKey(ctx, path, keys.Member)
	}
	usual, err := usualKeyFile()
	if err != nil { // a user without a home
		return nil, fmt.Errorf("%w; name a key file with --key or in $%s", errNoKey, keyEnv)
	}
	if _, err := os.Stat(usual); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; name a key file with --key or in $%s, or keep it as %s (make one: campaign key new FILE)", errNoKey, keyEnv, usual)
	}
	return a.readKey(ctx, usual, keys.Member)
}

// readKey reads a key and asks for its passphrase where it needs one.
func (a *app) readKey(ctx context.Context, path string, purpose keys.Purpose) (*keys.Key, error) {
	return keys.Read(path, purpose, func() ([]byte, error) {
		if a.passphraseFile != "" {
			return keys.ReadPassphrase(a.passphraseFile)
		}
		return a.readHidden(ctx, fmt.Sprintf(a.say("Mật khẩu của %s: ", "Passphrase of %s: "), path))
	})
}

// newPassphrase is what a new key is sealed with; on a terminal the user types it twice.
func (a *app) newPassphrase(ctx context.Context) ([]byte, error) {
	if a.passphraseFile != "" {
		return keys.ReadPassphrase(a.passphraseFile)
	}
	first, err := a.readHidden(ctx, a.say("Mật khẩu mới: ", "New passphrase: "))
	if err != nil {
		return nil, err
	}
	second, err := a.readHidden(ctx, a.say("Nhập lại: ", "Once more: "))
	defer clear(second)
	if err == nil && !bytes.Equal(first, second) {
		err = errors.New("the two passphrases differ, and no key was made; try again")
	}
	if err != nil {
		clear(first)
		return nil, err
	}
	return first, nil
}

// readHidden reads a line from the terminal without showing it.
func (a *app) readHidden(ctx context.Context, prompt string) ([]byte, error) {
	file, ok := a.in.(*os.File)
	if !ok || !isTerminal(file) {
		return nil, usageError{errors.New("a passphrase is needed, and there is no terminal to ask on; " +
			"put it in a file that only you may read and name that with --passphrase-file")}
	}
	terminal := int(file.Fd())
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, fmt.Errorf("the terminal: %w", err)
	}
	fmt.Fprint(a.err, prompt)
	defer fmt.Fprintln(a.err)
	type typed struct {
		line []byte
		err  error
	}
	answer := make(chan typed, 1)
	go func() {
		line, err := term.ReadPassword(terminal)
		answer <- typed{line, err}
	}()
	select {
	case t := <-answer:
		if t.err != nil {
			clear(t.line)
			return nil, fmt.Errorf("no passphrase was typed: %w", t.err)
		}
		return t.line, nil
	case <-ctx.Done(): // the read stays behind until the process ends, but the terminal must show again what is typed
		return nil, errors.Join(ctx.Err(), term.Restore(terminal, before))
	}
}
