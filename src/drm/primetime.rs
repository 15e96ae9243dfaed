//! Adobe Primetime, whose data (metadata signed by Adobe's server) can only be given.

super::given_pssh::given_system! {
    /// How Primetime is signalled.
    "Primetime", "PrimetimeOptions", 0xf239_e769_efa3_4850_9c16_a903_c693_2efb
}
