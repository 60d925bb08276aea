# twinslot_add_plugin(counter counter.cpp): a module as a plugin, with the flags that let it be unloaded.
