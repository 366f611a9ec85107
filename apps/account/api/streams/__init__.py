"""Events as they happen, as the API's document and a call that asks for no stream meet them."""
