using SspNative.Peers;
using SspNative.Peers.Libtorch;
using SspNative.Peers.Libtorch.Verification;

torch.set_num_threads(PeerThreads.Count);
if (args is ["check", .. string[] cases])
    return ReferenceCheck.Run(cases);
PeerLoop.Serve(new LibtorchPeer());
return 0;
