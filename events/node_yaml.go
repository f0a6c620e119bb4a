package events

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxBlockKeys bounds the keys of one block mapping: the library's time grows with their square. A regulation needs as many
// as it has criteria sets.
const maxBlockKeys = 2 * maxSets

// maxEmptyValues bounds the keys and list items without a value, for the same reason. Each is refused later, with its path.
const maxEmptyValues = 1000

// parseYAML reads one YAML document made of mappings, sequences and scalars. Anchors, aliases, merge keys, tags, directives,
// complex keys, further documents and duplicate keys are refused: what stands in the file is what counts. A byte order mark
// and CRLF are accepted. Errors are *sourceError.
func parseYAML(src []byte) (*node, error) {
	src, err := cleanSource(src)
	if err != nil {
		return nil, err
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line, col := position(src[:i])
		return nil, &sourceError{line, col, "there is a zero byte", "save the file as plain UTF-8 text"}
	}
	tokens := lexer.Tokenize(string(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))))
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, yamlError(err)
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && body != nil {
			return nil, tokenError(doc.Body.GetToken(), "a second document starts here", "keep one regulation in a file")
		}
		if doc.Body != nil {
			body = doc.Body
		}
	}
	if body == nil {
		return nil, &sourceError{1, 1, "the file holds nothing but comments", "check that this is the right file and that it was saved"}
	}
	return convertYAML(body, 0)
}

// yamlError gives the library's error the form of ours, with its place.
func yamlError(err error) error {
	var placed interface {
		GetMessage() string
		GetToken() *token.Token
	}
	const remedy = "check the indentation, quotes, colons and brackets there and just before"
	if errors.As(err, &placed) {
		return tokenError(placed.GetToken(), "this is not YAML: "+placed.GetMessage(), remedy)
	}
	return &sourceError{1, 1, "this is not YAML: " + err.Error(), remedy}
}

func tokenError(t *token.Token, problem, remedy string) error {
	line, col := tokenPlace(t)
	return &sourceError{line, col, problem, remedy}
}

func tokenPlace(t *token.Token) (line, col int) {
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return max(t.Position.Line, 1), max(t.Position.Column, 1)
}

// checkTokens refuses what the ledger's YAML has not, and what would take the library's parser too much stack or time.
func checkTokens(all token.Tokens) error {
	tokens := slices.DeleteFunc(slices.Clone(all), func(t *token.Token) bool { return t.Type == token.CommentType })
	c := tokenChecker{tokens: tokens}
	for i, t := range tokens {
		if problem, remedy := notTaken(t); problem != "" {
			return tokenError(t, problem, remedy)
		}
		switch {
		case t.Type == token.DocumentHeaderType && i > 0:
			return tokenError(t, "a second document starts here", "keep one regulation in a file")
		case t.Type == token.DocumentEndType && i < len(tokens)-1:
			return tokenError(t, "the document ends before the file does", "remove the line with the three dots")
		}
		if err := c.count(i); err != nil {
			return err
		}
	}
	return nil
}

// notTaken says why a token of t's type is refused wherever it stands; problem is "" if it is not.
func notTaken(t *token.Token) (problem, remedy string) {
	switch t.Type {
	case token.AnchorType, token.AliasType, token.MergeKeyType:
		return "anchors, aliases and merge keys are not taken", "write the text out where it is needed, or put it in quotes"
	case token.TagType:
		return "tags are not taken", "leave the tag out, or put the text in quotes"
	case token.DirectiveType:
		return "directives are not taken", "remove it, or put the text in quotes"
	case token.MappingKeyType:
		return "keys that start with a question mark are not taken", `write "key: value"`
	}
	return "", ""
}

// tokenChecker counts what the library's parser pays for with more than its length.
type tokenChecker struct {
	tokens  token.Tokens // without comments
	flow    []token.Type // the open brackets
	blocks  blockKeys
	line    int // the current one
	entries int // list items that start on it, each in the one before
	empty   int // keys and items without a value
}

// count takes in token i.
func (c *tokenChecker) count(i int) error {
	t := c.tokens[i]
	if t.Position.Line != c.line {
		c.line, c.entries = t.Position.Line, 0
	}
	if c.lacksValue(i) {
		c.empty++
	}
	keys := 0
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		c.flow = append(c.flow, t.Type)
	case token.MappingEndType, token.SequenceEndType:
		c.flow = c.flow[:max(len(c.flow)-1, 0)]
	case token.SequenceEntryType:
		c.entries++
		c.blocks.leave(t.Position.Column)
	case token.MappingValueType:
		if len(c.flow) == 0 && i > 0 {
			keys = c.blocks.add(c.tokens[i-1].Position.Column)
		}
	}
	switch {
	case len(c.flow) > maxNodeDepth || c.entries > maxNodeDepth:
		return tokenError(t, fmt.Sprintf("objects and lists nest deeper than %d", maxNodeDepth), "flatten them")
	case keys > maxBlockKeys:
		return tokenError(t, fmt.Sprintf("a mapping has more than %d keys", maxBlockKeys), "split it")
	case c.empty > maxEmptyValues:
		return tokenError(t, fmt.Sprintf("more than %d keys and list items have no value", maxEmptyValues), "give each a value or leave it out")
	}
	return nil
}

// lacksValue reports whether token i shows that a key or a list item has no value.
func (c *tokenChecker) lacksValue(i int) bool {
	t, next := c.tokens[i], (*token.Token)(nil)
	if i+1 < len(c.tokens) {
		next = c.tokens[i+1]
	}
	below := next == nil || next.Position.Line > t.Position.Line
	switch t.Type {
	case token.SequenceEntryType:
		return next == nil || below && next.Position.Column <= t.Position.Column
	case token.MappingValueType:
		if next == nil || next.Type == token.CollectEntryType || next.Type == token.MappingEndType || next.Type == token.SequenceEndType {
			return true
		}
		key := c.tokens[max(i-1, 0)].Position.Column
		listed := next.Type == token.SequenceEntryType && next.Position.Column == key
		return len(c.flow) == 0 && below && next.Position.Column <= key && !listed
	case token.CollectEntryType, token.MappingEndType:
		// A key alone, as in {a, b}.
		inMapping := len(c.flow) > 0 && c.flow[len(c.flow)-1] == token.MappingStartType
		return inMapping && i > 1 && (c.tokens[i-2].Type == token.CollectEntryType || c.tokens[i-2].Type == token.MappingStartType)
	}
	return false
}

// blockKeys counts the keys of the block mappings that are open, by their column, the innermost last.
type blockKeys []struct{ column, keys int }

// leave closes the mappings to the right of column.
func (b *blockKeys) leave(column int) {
	for len(*b) > 0 && (*b)[len(*b)-1].column > column {
		*b = (*b)[:len(*b)-1]
	}
}

// add counts a key at column and gives the keys its mapping has so far.
func (b *blockKeys) add(column int) int {
	b.leave(column)
	if len(*b) == 0 || (*b)[len(*b)-1].column < column {
		*b = append(*b, struct{ column, keys int }{column, 0})
	}
	(*b)[len(*b)-1].keys++
	return (*b)[len(*b)-1].keys
}

// convertYAML makes a node of n, which lies in depth mappings and sequences.
func convertYAML(n ast.Node, depth int) (*node, error) {
	t := n.GetToken()
	if depth > maxNodeDepth {
		return nil, tokenError(t, fmt.Sprintf("objects and lists nest deeper than %d", maxNodeDepth), "flatten them")
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return convertMapping(n.Start, n.IsFlowStyle, n.Values, depth)
	case *ast.MappingValueNode:
		return convertMapping(n.Start, false, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		line, col := tokenPlace(n.Start)
		list := &node{kind: arrayNode, line: line, col: col}
		for _, value := range n.Values {
			item, err := convertYAML(value, depth+1)
			if err != nil {
				return nil, err
			}
			list.items = append(list.items, item)
		}
		return list, nil
	case *ast.LiteralNode:
		return convertScalar(n.Start, n.Value.Value, true)
	case *ast.NullNode:
		scalar, err := convertScalar(t, "", false)
		if err == nil {
			scalar.null = true
		}
		return scalar, err
	case *ast.StringNode:
		return convertScalar(t, n.Value, t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return convertScalar(t, t.Value, false)
	}
	return nil, tokenError(t, "this kind of YAML is not taken", "write plain keys, values and lists")
}

func convertScalar(t *token.Token, text string, quoted bool) (*node, error) {
	if !utf8.ValidString(text) {
		return nil, tokenError(t, "an escape stands for half a character", "write the character itself")
	}
	line, col := tokenPlace(t)
	return &node{kind: scalarNode, line: line, col: col, text: text, quoted: quoted}, nil
}

// convertMapping makes an object. A flow mapping starts at its brace, another at its first key.
func convertMapping(start *token.Token, flow bool, values []*ast.MappingValueNode, depth int) (*node, error) {
	object := &node{kind: objectNode}
	object.line, object.col = tokenPlace(start)
	for i, pair := range values {
		key, err := convertYAML(pair.Key, depth+1)
		if err != nil {
			return nil, err
		}
		if key.kind != scalarNode || key.null {
			return nil, &sourceError{key.line, key.col, "a key is a single value", "write it as text, in quotes if need be"}
		}
		if i == 0 && !flow {
			object.line, object.col = key.line, key.col
		}
		value, err := convertYAML(pair.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if err := object.add(nodeMember{key.text, key.line, key.col, value}); err != nil {
			return nil, err
		}
	}
	return object, nil
}
