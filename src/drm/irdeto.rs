//! Irdeto Control, whose data a key server gives.

super::given_pssh::given_system! {
    /// How Irdeto Control is signalled.
    "Irdeto", "IrdetoOptions", 0x80a6_be7e_1448_4c37_9e70_d5ae_be04_c8d2
}
