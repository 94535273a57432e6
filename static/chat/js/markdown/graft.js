/**
 * Gives `parent` the children of `fragment`. Those that it has already, from the first on, stay
 * the nodes they are, so that a selection in them stays too. A formula stays while it grows.
 */
export function graft(parent, fragment) {
  let old = parent.firstChild;
  while (old && fragment.firstChild && becomes(old, fragment.firstChild)) {
    fragment.firstChild.remove();
    old = old.nextSibling;
  }
  while (old) {
    const next = old.nextSibling;
    old.remove();
    old = next;
  }
  parent.append(fragment);
}

function becomes(old, fresh) {
  if (old.isEqualNode(fresh)) return true;
  if (isFormula(old) && isFormula(fresh) && old.become) {
    old.become(fresh);
    return true;
  }
  const isLonger = old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE;
  if (!isLonger || !fresh.data.startsWith(old.data)) return false;
  old.appendData(fresh.data.slice(old.data.length));
  return true;
}

function isFormula(node) {
  return node.localName === "math-text";
}
