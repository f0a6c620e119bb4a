package events

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

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

// checkTokens refuses what the ledger's YAML has not, and nesting so deep that parsing it would exhaust the stack.
func checkTokens(tokens token.Tokens) error {
	flow, entries, line := 0, 0, 0
	started := false // something other than a comment came before
	for i, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return tokenError(t, "anchors, aliases and merge keys are not taken", "write the text out where it is needed, or put it in quotes")
		case token.TagType:
			return tokenError(t, "tags are not taken", "leave the tag out, or put the text in quotes")
		case token.DirectiveType:
			return tokenError(t, "directives are not taken", "remove it, or put the text in quotes")
		case token.MappingKeyType:
			return tokenError(t, "keys that start with a question mark are not taken", `write "key: value"`)
		case token.DocumentHeaderType:
			if started {
				return tokenError(t, "a second document starts here", "keep one regulation in a file")
			}
		case token.DocumentEndType:
			if i < len(tokens)-1 {
				return tokenError(t, "the document ends before the file does", "remove the line with the three dots")
			}
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType:
			entries++
		}
		started = started || t.Type != token.CommentType
		if flow > maxNodeDepth || entries > maxNodeDepth {
			return tokenError(t, fmt.Sprintf("objects and lists nest deeper than %d", maxNodeDepth), "flatten them")
		}
	}
	return nil
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
