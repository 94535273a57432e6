// The elements that a message is made of, for every page that shows messages.
import "./elements/message-text.js";
import "./elements/long-text.js";
import "./elements/elapsed-time.js";
import "./elements/run-facts.js";
import "./elements/thought-time.js";
