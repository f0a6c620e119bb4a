package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) detached() *cobra.Command {
	return parent(&cobra.Command{Use: "detached", Short: "Keep sensitive texts outside the log, and erase them",
		Long: `A sensitive text, such as a person's name in a report, can stay outside the log,
which can't be emptied: put it, and give the event its hash in place of the text
(textHash for text, personHash for person, meritHash for merit). The text can be
erased later, and the log still verifies.

Members may put and get texts. Its author, or the head of the author's unit,
erases one.`,
		Example: `  campaign detached put cum2-2017 name.txt
  campaign detached get cum2-2017 9f86…
  campaign detached erase cum2-2017 9f86… --yes`}, a.detachedPut(), a.detachedGet(), a.detachedErase())
}

func (a *app) detachedPut() *cobra.Command {
	return &cobra.Command{Use: "put CAMPAIGN [FILE]", Short: "Keep a text and print the hash that events name it by",
		Long: `Keep the text of FILE, or of stdin, without line feeds at its end. The hash is
salted: who does not have the text can't find it by guessing, and the same text
twice has two hashes.`,
		Example: "  campaign detached put cum2-2017 name.txt --key lan.key\n  echo 'Nông Thị Lan' | campaign detached put cum2-2017", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			_, content, err := a.readFile(path, "stdin")
			if err != nil {
				return err
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				hash, err := s.PutDetached(cmd.Context(), s.id, strings.TrimRight(string(content), "\r\n"))
				if err != nil {
					return err
				}
				if a.output == "json" || a.output == "ndjson" {
					return writeJSON(a.out, struct {
						Hash string `json:"hash"`
					}{hash})
				}
				fmt.Fprintln(a.out, hash)
				fmt.Fprintln(a.err, a.say("Ghi mã băm vào sự kiện thay cho văn bản, ví dụ textHash thay cho text.", "Give the event the hash in place of the text, for example textHash for text."))
				return nil
			})
		}}
}

func (a *app) detachedGet() *cobra.Command {
	return &cobra.Command{Use: "get CAMPAIGN HASH", Short: "Show a text that stands outside the log",
		Long: `Show a detached text, checked against its hash; -o json adds the salt, with
which anybody can check it. During a freeze you get your own texts only, unless
you review or audit.`,
		Example: "  campaign detached get cum2-2017 9f86…\n  campaign detached get cum2-2017 9f86… -o json", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := contentHash(args[1], "")
			if err != nil {
				return err
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				d, err := s.GetDetached(cmd.Context(), s.id, hash)
				if err != nil {
					return err
				}
				if a.output == "json" || a.output == "ndjson" {
					return writeJSON(a.out, d)
				}
				_, err = fmt.Fprintln(a.out, d.Text)
				return err
			})
		}}
}

func (a *app) detachedErase() *cobra.Command {
	var yes bool
	c := &cobra.Command{Use: "erase CAMPAIGN HASH", Short: "Erase a text that stands outside the log, for good",
		Long: `Erase a detached text and its salt. Nobody can bring them back; backups that
were made before still have them. The hash stays in the log, which still
verifies.`,
		Example: "  campaign detached erase cum2-2017 9f86…\n  campaign detached erase cum2-2017 9f86… --yes", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := contentHash(args[1], "")
			if err == nil {
				err = a.confirm(cmd.Context(), yes, "Xóa hẳn văn bản này?", "Erase this text for good?")
			}
			if err != nil {
				return err
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				if err := s.EraseDetached(cmd.Context(), s.id, hash); err != nil {
					return err
				}
				fmt.Fprintln(a.err, a.say("đã xóa; mã băm còn trong sổ, và sổ vẫn kiểm chứng được", "erased; its hash stays in the log, which still verifies"))
				return nil
			})
		}}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
