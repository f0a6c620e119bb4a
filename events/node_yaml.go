package events

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"
)

const (
	// maxAliasBytes bounds what aliases add to a source: as much again as the largest source. Each may stand for a thousand others.
	maxAliasBytes = maxSourceBytes
	// aliasNodeBytes is what a node that an alias adds counts besides its text.
	aliasNodeBytes = 16
)

// parseYAML reads one YAML document made of mappings, sequences and scalars, in any style. Scalars keep their source text; an
// alias is what its anchor names, written out, with the alias's place. Merge keys, tags, directives, keys that are not single
// values, duplicate keys, further documents, more than maxNodeDepth levels, more than maxSourceBytes, and aliases that add more
// than maxAliasBytes are refused. A byte order mark and CRLF are accepted. Errors are *sourceError. It is O(n) in the source's
// bytes and what aliases add.
func parseYAML(src []byte) (*node, error) {
	src, err := cleanSource(src)
	if err != nil {
		return nil, err
	}
	if err := checkYAMLText(src); err != nil {
		return nil, err
	}
	root, err := loadYAML(src)
	if err != nil {
		return nil, err
	}
	var y yamlConverter
	return y.convert(root, 0)
}

// checkYAMLText refuses what the library passes over without a word or without a line.
func checkYAMLText(src []byte) error {
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line, col := position(src[:i])
		return &sourceError{line, col, "there is a zero byte", "save the file as plain UTF-8 text"}
	}
	line := 0
	for text := range bytes.Lines(src) {
		line++
		switch text = bytes.TrimSpace(text); {
		case len(text) == 0 || text[0] == '#':
		case text[0] == '%':
			return &sourceError{line, 1, "directives are not taken", "remove the line, or put the text in quotes"}
		default:
			return nil // directives come first
		}
	}
	return nil
}

// loadYAML is the content of the only document in src.
func loadYAML(src []byte) (root *yaml.Node, err error) {
	// The library panics where it finds itself at fault; that must not end the process that was only asked to read a file.
	defer func() {
		if fault := recover(); fault != nil {
			root, err = nil, &sourceError{1, 1, fmt.Sprintf("the YAML library fails: %v", fault), "write the file in a simpler layout, or as JSON"}
		}
	}()
	limits := &yamlLimits{}
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithPlugin(limits))
	if err != nil {
		return nil, fmt.Errorf("set up the YAML reader: %w", err)
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, yamlError(src, limits, err)
	case err != nil || len(doc.Content) == 0 || isEmptyYAML(doc.Content[0]):
		return nil, &sourceError{1, 1, "the file holds nothing but comments", "check that this is the right file and that it was saved"}
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
		return doc.Content[0], nil
	case err != nil:
		return nil, yamlError(src, limits, err)
	}
	return nil, yamlProblem(&second, "a second document starts here", "keep one regulation in a file")
}

// isEmptyYAML reports whether nothing is written where n stands.
func isEmptyYAML(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

// yamlLimits keeps the library's recursion within maxNodeDepth.
type yamlLimits struct {
	tooDeep bool
}

// CheckDepth counts brackets or indented blocks; both together are counted on conversion. The outermost block is the file itself.
func (l *yamlLimits) CheckDepth(depth int, in *yaml.DepthContext) error {
	limit := maxNodeDepth
	if in.Kind == yaml.DepthKindBlock {
		limit++
	}
	if depth > limit {
		l.tooDeep = true
		return errors.New("too deep")
	}
	return nil
}

// CheckAlias has nothing to do: the library expands no aliases of nodes.
func (l *yamlLimits) CheckAlias(int, int) error { return nil }

// yamlError gives the library's error the form of ours, with its place in src.
func yamlError(src []byte, limits *yamlLimits, err error) error {
	remedy := "check the indentation, quotes, colons and brackets there and just before"
	var broken *yaml.LoadError
	if !errors.As(err, &broken) {
		return &sourceError{1, 1, "this is not YAML: " + err.Error(), remedy}
	}
	at, problem := broken.Mark, "this is not YAML: "+broken.Message
	if at.Line < 1 {
		// Unreadable bytes have an offset only.
		at.Line, at.Column = position(src[:min(max(at.Index, 0), len(src))])
	}
	if limits.tooDeep {
		return &sourceError{at.Line, max(at.Column, 1), fmt.Sprintf("objects and lists nest deeper than %d", maxNodeDepth), "flatten them"}
	}
	if broken.Stage == yaml.ComposerStage {
		remedy = "define the anchor before, or put text that starts with an asterisk in quotes"
	}
	if from := broken.ContextMark; broken.ContextMsg != "" && from.Line > 0 && from != at {
		problem += fmt.Sprintf(" (%s that starts in line %d, column %d)", broken.ContextMsg, from.Line, from.Column)
	}
	return &sourceError{at.Line, max(at.Column, 1), problem, remedy}
}

func yamlProblem(n *yaml.Node, problem, remedy string) error {
	return &sourceError{max(n.Line, 1), max(n.Column, 1), problem, remedy}
}

// yamlConverter makes nodes of the library's.
type yamlConverter struct {
	alias *yaml.Node // the outermost alias that is being written out, nil outside one
	added int        // bytes that aliases added so far
}

// place is where n stands for the reader of the file.
func (y *yamlConverter) place(n *yaml.Node) *yaml.Node {
	if y.alias != nil {
		return y.alias
	}
	return n
}

// convert makes a node of n, which lies in depth mappings and sequences.
func (y *yamlConverter) convert(n *yaml.Node, depth int) (*node, error) {
	at := y.place(n)
	if y.alias != nil {
		y.added += aliasNodeBytes + len(n.Value)
	}
	switch {
	case depth > maxNodeDepth:
		return nil, yamlProblem(at, fmt.Sprintf("objects and lists nest deeper than %d", maxNodeDepth), "flatten them")
	case y.added > maxAliasBytes:
		return nil, yamlProblem(at, fmt.Sprintf("aliases add more than %d bytes", maxAliasBytes), "use fewer, or shorter anchors")
	case n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		return nil, yamlProblem(at, "tags are not taken", "leave the tag out, or put the text in quotes")
	}
	made := &node{line: max(at.Line, 1), col: max(at.Column, 1)}
	switch n.Kind {
	case yaml.MappingNode:
		made.kind = objectNode
		return made, y.members(made, n.Content, depth)
	case yaml.SequenceNode:
		made.kind = arrayNode
		for _, content := range n.Content {
			item, err := y.convert(content, depth+1)
			if err != nil {
				return nil, err
			}
			made.items = append(made.items, item)
		}
		return made, nil
	case yaml.ScalarNode:
		const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
		made.kind, made.quoted = scalarNode, n.Style&quotes != 0
		if made.null = n.ShortTag() == "!!null"; !made.null {
			made.text = n.Value
		}
		return made, nil
	case yaml.AliasNode:
		outer := y.alias
		y.alias = at
		named, err := y.convert(n.Alias, depth)
		y.alias = outer
		return named, err
	}
	return nil, yamlProblem(at, "this kind of YAML is not taken", "write plain keys, values and lists")
}

// members fills object with the keys and values that alternate in content.
func (y *yamlConverter) members(object *node, content []*yaml.Node, depth int) error {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].ShortTag() == "!!merge" {
			return yamlProblem(y.place(content[i]), "merge keys are not taken", "write the members out, or put the key in quotes")
		}
		key, err := y.convert(content[i], depth+1)
		if err != nil {
			return err
		}
		if key.kind != scalarNode || key.null {
			return &sourceError{key.line, key.col, "a key is a single value", "write it as text, in quotes if need be"}
		}
		value, err := y.convert(content[i+1], depth+1)
		if err != nil {
			return err
		}
		if err := object.add(nodeMember{key.text, key.line, key.col, value}); err != nil {
			return err
		}
	}
	return nil
}
