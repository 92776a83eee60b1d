/*
 * A YAML file as a tree with line numbers, over libyaml, in the dialect of CloudFormation: the
 * short tags (`!Ref`, `!Sub`) and the long forms (`Ref:`, `Fn::Sub:`) both become NODE_CALL. What a
 * call means is intrinsics.h's business. JSON templates are YAML too. Source: AWS CloudFormation
 * User Guide, "Intrinsic function reference"; YAML 1.1.
 */
#pragma once

#include "infra/local/base/problems.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP, NODE_CALL };

struct node {
    enum node_kind kind;
    int line;
    bool quoted;               /* a scalar in quotes or a block: never null */
    struct str key;            /* its name, if it is a member of a map */
    struct str text;           /* scalar: the value; call: the full name, "Ref" or "Fn::Sub" */
    size_t count;              /* elements or members */
    struct node *first, *next; /* first child (a call's argument); next sibling */
};

/* NOLINTBEGIN(bugprone-macro-parentheses): `item` is declared, which takes no parentheses */
#define NODE_EACH(item, parent)                                                                    \
    for (const struct node *item = (parent) == NULL ? NULL : (parent)->first; item != NULL;        \
         item = item->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/*
 * One document of at most 1 MiB, 64 levels and 100,000 nodes (aliases counted each time they are
 * used). NULL if it is not one; then a problem says why. The tree lives in `problems->arena`.
 */
const struct node *yaml_read(struct problems *problems, struct str source);

/* The member, or NULL if `map` is NULL, no map, or has none. */
const struct node *node_find(const struct node *map, struct str key);
/* True for a missing node and for `Key:` with nothing after it. */
bool node_is_null(const struct node *node);
