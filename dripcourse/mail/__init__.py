"""All about e-mail that is not policy: compiling templates, wire bytes, signed links, ways out."""
