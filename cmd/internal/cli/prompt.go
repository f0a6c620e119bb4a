package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"campaignledger/events"
)

// asked is one thing that a command needs: an argument or a flag. Where it is left out, it is asked for on a terminal.
type asked struct {
	value   *string
	name    string                     // as the user gives it on the command line: --reason, UNIT
	vi, en  string                     // the question
	choices []string                   // none: any text
	word    func(choice string) string // what people say for a choice; nil: the same
}

// options are the choices as they are shown.
func (q asked) options() string {
	if q.word == nil {
		return orChoices(q.choices)
	}
	var shown []string
	for _, choice := range q.choices {
		if word := q.word(choice); word != choice {
			choice += " = " + word
		}
		shown = append(shown, choice)
	}
	return orChoices(shown)
}

// maxTries is how often a question is put before the command gives up.
const maxTries = 3

// need asks for what is missing, in order. Without a terminal it is a usage error that names what to give.
func (a *app) need(ctx context.Context, list ...asked) error {
	for _, q := range list {
		if *q.value != "" {
			continue
		}
		if !isTerminal(a.in) {
			return usageError{fmt.Errorf("%s is missing: %s%s", q.name, a.say(q.vi, q.en), q.options())}
		}
		answer, err := a.ask(ctx, q)
		if err != nil {
			return err
		}
		*q.value = answer
	}
	return nil
}

func orChoices(choices []string) string {
	const most = 12
	if len(choices) == 0 {
		return ""
	}
	if len(choices) > most {
		choices = append(slices.Clone(choices[:most]), "…")
	}
	return " (" + strings.Join(choices, ", ") + ")"
}

// ask puts a question until it has an answer that is one of the choices.
func (a *app) ask(ctx context.Context, q asked) (string, error) {
	for range maxTries {
		fmt.Fprintf(a.err, "%s%s: ", a.say(q.vi, q.en), q.options())
		line, err := a.readLine(ctx)
		if err != nil {
			return "", fmt.Errorf("%s was not given: %w", q.name, err)
		}
		switch {
		case line != "" && (len(q.choices) == 0 || slices.Contains(q.choices, line)):
			return line, nil
		case line != "":
			fmt.Fprintln(a.err, a.say("Hãy chọn một trong số đó.", "Choose one of these."))
		}
	}
	return "", usageError{fmt.Errorf("%s is missing: %s%s", q.name, a.say(q.vi, q.en), q.options())}
}

// errDeclined: the user said no.
var errDeclined = errors.New("nothing was done")

// confirm asks whether to go on; yes is the command's --yes. Without a terminal only --yes does.
func (a *app) confirm(ctx context.Context, yes bool, vi, en string) error {
	if yes {
		return nil
	}
	if !isTerminal(a.in) {
		return usageError{fmt.Errorf("--yes is missing: %s", a.say(vi, en))}
	}
	fmt.Fprint(a.err, a.say(vi+" [c/K] ", en+" [y/N] "))
	line, err := a.readLine(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errDeclined, err)
	}
	switch strings.ToLower(line) {
	case "y", "yes", "c", "co", "có":
		return nil
	}
	return errDeclined
}

// readLine reads one line from the terminal, without what a reader would buffer beyond it.
func (a *app) readLine(ctx context.Context) (string, error) {
	type typed struct {
		line string
		err  error
	}
	answer := make(chan typed, 1)
	go func() {
		line, err := readOneLine(a.in)
		answer <- typed{line, err}
	}()
	select {
	case t := <-answer:
		return t.line, t.err
	case <-ctx.Done(): // the read stays behind until the process ends
		fmt.Fprintln(a.err)
		return "", ctx.Err()
	}
}

func readOneLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) <= events.MaxTextBytes; {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n', n == 0 && errors.Is(err, io.EOF) && len(line) > 0:
			return strings.TrimSpace(string(line)), nil
		case n == 1:
			line = append(line, one[0])
		case err != nil:
			return "", err
		}
	}
	return "", fmt.Errorf("the line is longer than %d bytes", events.MaxTextBytes)
}

// textOf is a text that two flags give: the text itself, or a file with it ("-" is stdin).
func (a *app) textOf(text, path, flag string) (string, error) {
	if path == "" {
		return text, nil
	}
	if text != "" {
		return "", usageError{fmt.Errorf("%s and %s-file say the same twice; give one of them", flag, flag)}
	}
	if info, err := os.Stat(path); err == nil && info.Size() > events.MaxTextBytes {
		return "", fmt.Errorf("%s has %d bytes; a text has at most %d: attach it with --evidence and summarize", path, info.Size(), events.MaxTextBytes)
	}
	_, content, err := a.readFile(path, "stdin")
	return strings.TrimSpace(string(content)), err
}
